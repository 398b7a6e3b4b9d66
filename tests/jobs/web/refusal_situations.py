"""One real situation for each error code: `SITUATIONS[code](door)` gets the refusal of a page and of the API.

Where only pages or only programs can meet a code, the other answer is None.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from accounts.tokens import issue
from billing.ledger import credit_account_of
from billing.models import CreditAccount, Plan
from creator.http.file_links import file_link
from jobs import webhooks
from jobs.models import Job, PartialUpload
from tests.billing.credits import leave_credits

Answers = tuple[Any, Any]
PAGE = {"Accept": "text/html"}
PICTURE = Path("tests/golden/photos/chelsea.jpg").read_bytes()


class Door:
    """The owner with a browser and a program, and what tests make rows with."""

    def __init__(
        self, browser: Client, program: Client, cast: SimpleNamespace, make_job: Any, make_upload: Any
    ):
        self.browser, self.program, self.owner = browser, program, cast.owner
        self.make_job, self.make_upload = make_job, make_upload

    def start(self, photos: int = 1, **fields: Any) -> Answers:
        """The new-job form and `POST /batches` with the same content."""
        ids = [str(self.make_upload(sha256=f"{number:064}").id) for number in range(photos)]
        page = {"preset": "cinematic", "key": str(uuid.uuid4()), "defaults": "1", "upload": ids} | fields
        body = {"preset": page["preset"], "upload_ids": ids}
        if "p-strength" in fields:
            body["parameters"] = {"strength": 7}
        return (
            self.browser.post(reverse("new_job"), page, headers=PAGE),
            self.call("/api/v1/batches", body),
        )

    def send(self, name: str, content: bytes) -> Answers:
        """One file, by the form without script and by `POST /uploads`."""
        form = {"preset": "cinematic", "defaults": "1", "photos": SimpleUploadedFile(name, content)}
        page = self.browser.post(reverse("new_job"), form, headers=PAGE)
        return page, self.program.post("/api/v1/uploads", {"file": SimpleUploadedFile(name, content)})

    def call(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.program.post(
            path, "" if body is None else json.dumps(body), content_type="application/json", headers=headers
        )

    def repeat(self, job: Job) -> Answers:
        page = self.browser.post(reverse("job_retry", args=[job.id]), headers=PAGE, follow=True)
        return page, self.call(f"/api/v1/jobs/{job.id}/retry")


def without_credits(door: Door) -> Answers:
    leave_credits(door.owner.pk, 48)
    return door.start(photos=30, preset="portrait_pro")


def failed_payment(door: Door) -> Answers:
    change_account(door, blocked_from=timezone.now() - timedelta(days=1))
    return door.start(photos=1)


def returned_payment(door: Door) -> Answers:
    leave_credits(door.owner.pk, 0)
    change_account(door, debt=40)
    return door.start(photos=1)


def capped_spending(door: Door) -> Answers:
    change_account(door, spend_cap=20)
    return door.start(photos=30)


def many_jobs_in_a_month(door: Door) -> Answers:
    Plan.objects.update(jobs_per_period=3)
    return door.start(photos=5)


def change_account(door: Door, **numbers: Any) -> None:
    CreditAccount.objects.filter(pk=credit_account_of(door.owner.pk).pk).update(**numbers)


def full_queue(door: Door) -> Answers:
    Plan.objects.update(queued_jobs=3)
    return door.start(photos=5)


def full_queue_with_jobs_in_it(door: Door) -> Answers:
    Plan.objects.update(queued_jobs=3)
    door.start(photos=2)
    return door.start(photos=2)


def unknown_preset(door: Door) -> Answers:
    return door.start(preset="nothing")


def preset_without_a_node(door: Door) -> Answers:
    return door.start(preset="text_to_image")


def purged_photo(door: Door) -> Answers:
    job = door.make_job("failed")
    Job.objects.filter(pk=job.pk).update(upload=None)
    return door.repeat(Job.objects.get(pk=job.pk))


def unfinished_job(door: Door) -> Answers:
    return door.repeat(door.make_job("processing"))


def missing_job(door: Door) -> Answers:
    nothing = uuid.UUID(int=7)
    page = door.browser.get(reverse("job", args=[nothing]), headers=PAGE)
    return page, door.program.get(f"/api/v1/jobs/{nothing}")


def wrong_setting(door: Door) -> Answers:
    return door.start(**{"p-strength": "7"})


def too_many_photos(door: Door) -> Answers:
    Plan.objects.update(batch_files=2)
    return door.start(photos=3)


def letter(door: Door) -> Answers:
    return door.send("letter.jpg", b"%PDF-1.7\n")


def large_photo(door: Door) -> Answers:
    Plan.objects.update(megapixels=0)
    return door.send("large.jpg", PICTURE)


def heavy_photo(door: Door) -> Answers:
    Plan.objects.update(upload_mib=0)
    return door.send("heavy.jpg", PICTURE)


def wrong_method(door: Door) -> Answers:
    return door.browser.post(reverse("jobs"), headers=PAGE), door.program.put("/api/v1/jobs")


def unreadable(door: Door) -> Answers:
    page = door.browser.post(reverse("new_job"), b"no form", content_type="multipart/form-data", headers=PAGE)
    return page, door.program.post("/api/v1/jobs", b"{", content_type="application/json")


def no_json(door: Door) -> Answers:
    return None, door.program.post("/api/v1/jobs", b"<a/>", content_type="application/xml")


def no_key(door: Door) -> Answers:
    return None, Client().get("/api/v1/jobs")


def key_used_before(door: Door) -> Answers:
    ids = [str(door.make_upload().id)]
    key = {"Idempotency-Key": "order-1"}
    door.call("/api/v1/batches", {"preset": "cinematic", "upload_ids": ids}, **key)
    return None, door.call("/api/v1/batches", {"preset": "mono_film", "upload_ids": ids}, **key)


def old_form(door: Door) -> Answers:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(door.owner)
    return strict.post(reverse("new_job"), {"preset": "cinematic"}, headers=PAGE), None


def many_tries(door: Door) -> Answers:
    stranger = Client()
    for _ in range(25):
        page = stranger.post(reverse("account_reset_password"), {"email": "a@example.org"}, headers=PAGE)
    return page, None


def many_jobs(door: Door) -> Answers:
    Plan.objects.update(submits_per_hour=3)
    return door.start(photos=5)


def many_jobs_with_none_left(door: Door) -> Answers:
    Plan.objects.update(submits_per_hour=2)
    door.start(photos=2)
    return door.start(photos=1, reuse="")


def many_requests(door: Door) -> Answers:
    Plan.objects.update(requests_per_minute=2)
    return None, [door.program.get("/api/v1/presets") for _ in range(3)][-1]


def plan_without_keys(door: Door) -> Answers:
    Plan.objects.update(features=[])
    return None, door.program.get("/api/v1/presets")


def many_unused_photos(door: Door) -> Answers:
    Plan.objects.update(unused_photos=1)
    door.make_upload(expires_at=timezone.now() + timedelta(hours=5))
    return door.send("one-more.jpg", PICTURE)


def heavy_unused_photos(door: Door) -> Answers:
    Plan.objects.update(unused_mib=2)
    door.make_upload(expires_at=timezone.now() + timedelta(hours=5), size=2 * 2**20)
    return door.send("one-more.jpg", PICTURE)


def many_uploads(door: Door) -> Answers:
    Plan.objects.update(uploads_per_hour=0)
    return door.send("one-more.jpg", PICTURE)


def beyond_the_file(door: Door) -> Answers:
    key = default_storage.save("results/short.png", ContentFile(b"short"))
    address = file_link(key, name="short.png")
    return tuple(
        client.get(address, headers={"Range": "bytes=5-", **accept})
        for client, accept in ((door.browser, PAGE), (door.program, {"Accept": "application/json"}))
    )


def _part(door: Door, **headers: str) -> Answers:
    """A part that begins at byte 0, of a photo that waits for byte 5."""
    rest = {"length": 9, "offset": 5, "parts": ["parts/a"], "expires_at": timezone.now() + timedelta(hours=1)}
    begun = PartialUpload.objects.create(owner=door.owner, name="a.jpg", **rest)
    headers = {"Tus-Resumable": "1.0.0", "Upload-Offset": "0", **headers}
    kind = "application/offset+octet-stream"
    return None, door.program.generic(
        "PATCH", f"/api/v1/uploads/parts/{begun.pk}", b"part", kind, headers=headers
    )


def part_sent_twice(door: Door) -> Answers:
    return _part(door)


def other_tus(door: Door) -> Answers:
    return _part(door, **{"Tus-Resumable": "0.2.2"})


def damaged_part(door: Door) -> Answers:
    return _part(door, **{"Upload-Checksum": "sha1 aGVsbG8="})


def refreshed_twice(door: Door) -> Answers:
    token = issue(door.owner, device="laptop", address="192.0.2.1").refresh
    answers = [door.call("/api/v1/auth/refresh", {"refresh_token": token}) for _ in range(2)]
    return None, answers[1]


def sign_in_by_program(door: Door) -> Any:
    door.owner.set_password("a-Long-enough-phrase-1")
    door.owner.save(update_fields=["password"])
    return door.call("/api/v1/auth/login", {"email": door.owner.email, "password": "a-Long-enough-phrase-1"})


def unconfirmed_address(door: Door) -> Answers:
    with override_settings(ACCOUNT_EMAIL_VERIFICATION="mandatory"):
        return None, sign_in_by_program(door)


def second_factor(door: Door) -> Answers:
    TOTP.activate(door.owner, generate_totp_secret())
    return None, sign_in_by_program(door)


def disabled_webhook(door: Door) -> Answers:
    url = "https://hooks.example.org/"
    webhook, _ = webhooks.add_webhook(owner=door.owner, url=url, events=["job.failed"])
    webhooks.change_webhook(webhook, {"is_enabled": False})
    return None, door.call(f"/api/v1/webhooks/{webhook.pk}/test", {})


SITUATIONS: dict[str, list[Callable[[Door], Answers]]] = {
    "malformed_request": [unreadable],
    "not_authenticated": [no_key],
    "second_factor_required": [second_factor],
    "insufficient_credits": [without_credits],
    "payment_due": [failed_payment, returned_payment],
    "spend_cap": [capped_spending],
    "email_unverified": [unconfirmed_address],
    "not_allowed": [old_form],
    "not_found": [missing_job],
    "method_not_allowed": [wrong_method],
    "already_refreshed": [refreshed_twice],
    "idempotency_conflict": [key_used_before],
    "preset_unavailable": [unknown_preset, preset_without_a_node],
    "too_late": [unfinished_job],
    "webhook_disabled": [disabled_webhook],
    "wrong_offset": [part_sent_twice],
    "wrong_protocol": [other_tus],
    "checksum_mismatch": [damaged_part],
    "gone": [purged_photo],
    "range_not_satisfiable": [beyond_the_file],
    "body_too_large": [heavy_photo],
    "image_too_large": [large_photo],
    "unsupported_media_type": [no_json],
    "invalid_parameters": [wrong_setting, too_many_photos],
    "unsupported_image": [letter],
    "queue_full": [full_queue, full_queue_with_jobs_in_it],
    "rate_limited": [many_tries, many_jobs, many_jobs_with_none_left, many_uploads, many_requests],
    "plan_required": [plan_without_keys],
    "quota_exceeded": [many_unused_photos, heavy_unused_photos, many_jobs_in_a_month],
}
ELSEWHERE = {"internal_error", "service_unavailable", "too_slow", "head_too_large", "payments_away"}
"""What tests/creator/http, tests/creator/server and tests/billing/payments meet: faults, and what is refused unread."""
