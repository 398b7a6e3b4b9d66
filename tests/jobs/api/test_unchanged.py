"""`If-None-Match` on jobs, lists, batches and presets: 304 until something that the answer shows has changed."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from jobs.enums import JobStatus, NodeState
from jobs.lifecycle import cancel_job, report_progress
from jobs.models import Artifact, Job, Node, Preset
from jobs.retention import purge_expired
from jobs.streaming.previews import keep_preview
from tests.jobs.lifecycle import rows

pytestmark = pytest.mark.usefixtures("rings")


def addresses_of(job: Job) -> list[str]:
    return [f"/api/v1/jobs/{job.id}", "/api/v1/jobs", f"/api/v1/batches/{job.batch_id}"]


def tag(api, address: str) -> str:
    answer = api.get(address)
    assert (answer.status_code, answer["Cache-Control"]) == (200, "private, no-cache")
    return answer["ETag"]


def again(api, address: str, known: str):
    rows.let_caches_expire()
    return api.get(address, headers={"If-None-Match": known})


@pytest.mark.parametrize("status", JobStatus.values)
def test_an_unchanged_job_is_not_sent_again(api, make_job, status):
    job = make_job(status)
    Node.objects.update(state=NodeState.DRAINING)  # so that no estimate counts down
    for address in addresses_of(job):
        answer = again(api, address, tag(api, address))
        assert (answer.status_code, answer.content, "X-RateLimit-Remaining" in answer) == (304, b"", True)
        assert api.head(address, headers={"If-None-Match": answer["ETag"]}).status_code == 304


def claim(job: Job) -> None:
    rows.claim(job, Node.objects.get())


def progress(job: Job) -> None:
    held = rows.claim(job, Node.objects.get())
    report_progress(held, percent=10.0, stage_title="Colour", step=1, steps=10)


def preview(job: Job) -> None:
    claim(job)
    keep_preview(job.id, b"half a picture", "image/webp")


CHANGES = {
    "cancelled": lambda job: cancel_job(job=job),
    "claimed": claim,
    "progress": progress,
    "preview": preview,
    "place": lambda job: Job.objects.filter(pk=job.pk).update(not_before=timezone.now() + timedelta(hours=1)),
}
"""What happens to a queued job."""


@pytest.mark.parametrize("change", CHANGES.values(), ids=list(CHANGES))
def test_whatever_happens_to_an_open_job_is_shown(api, make_job, change):
    job = make_job()
    known = {address: tag(api, address) for address in addresses_of(job)}
    change(job)
    assert [again(api, *each).status_code for each in known.items()] == [200, 200, 200]


def purge(job: Job) -> None:
    Artifact.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    purge_expired()


def change_plan(job: Job) -> None:
    Job.objects.update(files_expire_at=F("files_expire_at") + timedelta(days=9))


@pytest.mark.parametrize("change", [purge, change_plan])
def test_what_happens_to_the_files_of_an_ended_job_is_shown(api, make_job, change):
    job = make_job("completed")
    known = {address: tag(api, address) for address in addresses_of(job)}
    change(job)
    assert [again(api, *each).status_code for each in known.items()] == [200, 200, 200]


def test_links_are_sent_anew_before_they_expire(api, make_job, monkeypatch):
    job = make_job("completed")
    address = f"/api/v1/jobs/{job.id}"
    known = tag(api, address)
    first = api.get(address).json()["artifacts"][0]
    monkeypatch.setattr(
        "creator.http.file_links.time.time",
        lambda: timezone.now().timestamp() + settings.CONFIG.link_seconds,
    )
    answer = again(api, address, known)
    assert answer.status_code == 200
    assert answer.json()["artifacts"][0]["expires_at"] > first["expires_at"]


def test_a_list_changes_with_its_jobs_and_its_next_page(api, make_job):
    make_job("completed")
    known = tag(api, "/api/v1/jobs?limit=1")
    make_job("completed")
    assert again(api, "/api/v1/jobs?limit=1", known).status_code == 200
    known = tag(api, "/api/v1/jobs?status=completed")
    make_job("failed")
    assert again(api, "/api/v1/jobs?status=completed", known).status_code == 304


def test_what_is_known_costs_less(api, make_job):
    for _ in range(3):
        make_job("completed")
    api.get("/api/v1/jobs")
    known = tag(api, "/api/v1/jobs")
    with CaptureQueriesContext(connection) as whole:
        api.get("/api/v1/jobs")
    with CaptureQueriesContext(connection) as unchanged:
        assert api.get("/api/v1/jobs", headers={"If-None-Match": known}).status_code == 304
    assert len(whole) - len(unchanged) == 3  # versions, files, credits


def test_another_persons_tag_tells_nothing(api, stranger, make_job):
    job = make_job("completed")
    known = tag(api, f"/api/v1/jobs/{job.id}")
    for address in addresses_of(job)[::2]:
        assert stranger.get(address, headers={"If-None-Match": known}).status_code == 404
        assert stranger.get(address, headers={"If-None-Match": "*"}).status_code == 404


@pytest.mark.parametrize("address", ["/api/v1/presets", "/api/v1/presets/slow"])
def test_presets_change_with_price_and_nodes(api, slow, address):
    known = tag(api, address)
    assert again(api, address, known).status_code == 304
    Preset.objects.filter(slug="slow").update(price=F("price") + 1)
    dearer = again(api, address, known)
    Node.objects.update(state=NodeState.DRAINING)
    assert (dearer.status_code, again(api, address, dearer["ETag"]).status_code) == (200, 200)
