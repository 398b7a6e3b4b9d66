"""What one person does in a session: photo, jobs, batch, links, keys, export, settings, by pages and by programs."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import ApiKey
from jobs.models import Job
from tests.creator.roles.recording import Asked, RecordingClient

PHOTO = Path("tests/golden/photos/chelsea.jpg")
NAME = "chelsea-of-the-owner.jpg"


@dataclass(frozen=True)
class Story:
    asked: list[Asked]
    answers: list[bytes]


def tell(askers: Mapping[str, Client]) -> Story:
    """Lets the owner do it all, and records every request."""
    story = Story([], [])
    pages, program, signed_in = (
        RecordingClient(askers[role], story.asked, story.answers) for role in ("owner", "write_key", "token")
    )
    reader = RecordingClient(askers["read_key"], story.asked, story.answers)
    _work_on_pages(pages)
    _manage_account(pages)
    _work_by_program(program, reader)
    _manage_by_program(signed_in)
    pages.post("/account/sessions/end/")  # ends the program too
    return story


def _work_on_pages(pages: Client) -> None:
    photo = pages.post("/uploads/", {"file": _file()}).json()
    pages.get(photo["thumbnail_url"])
    for path in ("/home/", "/new/", "/jobs/"):
        pages.get(path)
    started = pages.post("/new/", _form(upload=photo["id"]))
    job = started["Location"]
    assert re.fullmatch(r"/jobs/[\w-]+/", job), started.content[:3000]
    for path in (job, f"{job}cancel/", f"{job}preview/", f"{job}download/"):
        pages.get(path)
    pages.post(f"{job}cancel/")
    pages.post(f"{job}retry/", {"key": str(uuid.uuid4())})
    pages.post(f"{job}vary/", {"key": str(uuid.uuid4())})
    pages.post("/new/", _form(upload=photo["id"], variations="2"))
    batch = Job.objects.order_by("-rank_at").first().batch_id
    pages.get(f"/batches/{batch}/cancel/")
    pages.post(f"/batches/{batch}/cancel/")


def _manage_account(pages: Client) -> None:
    for path in ("", "activity/", "security/", "sessions/", "keys/", "data/", "delete/"):
        pages.get(f"/account/{path}")
    pages.post("/account/keys/new/", {"name": "nightly", "scopes": ["jobs:read"], "lasting": "30"})
    key = ApiKey.objects.get(name="nightly")
    pages.get(f"/account/keys/{key.pk}/revoke/")
    pages.post(f"/account/keys/{key.pk}/revoke/")
    form = {"url": "https://hooks.example.org/", "events": ["job.queued"]}
    secret = pages.post("/account/webhooks/new/", form)["Location"]
    webhook = secret.removesuffix("secret/")
    for path in ("", "edit/", "secret/", "delete/"):
        pages.get(f"{webhook}{path}")
    sent = pages.post(f"{webhook}test/")["Location"]
    pages.get(sent)
    pages.post(f"{sent}redeliver/")
    pages.post("/account/data/export/")
    pages.get("/notifications/")
    pages.post("/accounts/email/change/", {"email": "new-owner@example.org"})


def _work_by_program(program: Client, reader: Client) -> None:
    photo = program.post("/api/v1/uploads", {"file": _file()}).json()
    reader.get(f"/api/v1/uploads/{photo['id']}")
    program.delete(f"/api/v1/uploads/{program.post('/api/v1/uploads', {'file': _file()}).json()['id']}")
    body = {"preset": "cinematic", "upload_id": photo["id"]}
    job = _post(program, "/api/v1/jobs", body).json()
    where = f"/api/v1/jobs/{job['job_id']}"
    for path in ("/api/v1/presets", "/api/v1/jobs", where, f"{where}/events?after=0", f"{where}/preview"):
        reader.get(path)
    _post(program, f"{where}/cancel", {})
    _post(program, f"{where}/retry", {})
    _post(program, f"{where}/vary", {})
    batch = _post(program, "/api/v1/batches", {"preset": "cinematic", "upload_ids": [photo["id"]]}).json()
    reader.get(f"/api/v1/batches/{batch['batch_id']}")
    reader.get(f"/api/v1/batches/{batch['batch_id']}/events")
    reader.get("/api/v1/events")
    _post(program, f"/api/v1/batches/{batch['batch_id']}/cancel", {})


def _manage_by_program(program: Client) -> None:
    program.get("/api/v1/auth/me")
    made = _post(program, "/api/v1/keys", {"name": "by a program", "scopes": ["jobs:read"]}).json()["key"]
    program.get("/api/v1/keys")
    program.get(f"/api/v1/keys/{made['id']}")
    program.delete(f"/api/v1/keys/{made['id']}")
    asked = {"url": "https://hooks.example.org/", "events": ["job.queued"]}
    webhook = f"/api/v1/webhooks/{_post(program, '/api/v1/webhooks', asked).json()['webhook']['id']}"
    sent = _post(program, f"{webhook}/test", {}).json()
    for path in ("/api/v1/webhooks", webhook, f"{webhook}/deliveries"):
        program.get(path)
    program.patch(webhook, {"description": "Ours"}, content_type="application/json")
    _post(program, f"{webhook}/deliveries/{sent['id']}/redeliver", {})
    _post(program, f"{webhook}/secret", {})
    program.delete(webhook)


def _form(**fields: str) -> dict[str, str]:
    return {"preset": "cinematic", "key": str(uuid.uuid4()), "format": "png", "defaults": "1", **fields}


def _file() -> SimpleUploadedFile:
    return SimpleUploadedFile(NAME, PHOTO.read_bytes(), "image/jpeg")


def _post(client: Client, path: str, body: dict[str, Any]) -> Any:
    return client.post(path, json.dumps(body), content_type="application/json")
