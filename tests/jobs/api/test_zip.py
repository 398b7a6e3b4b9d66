"""`GET /batches/{id}/zip`: all finished pictures of a batch in one file, whose size is known before it is sent."""

import io
import zipfile
from collections.abc import Iterator

import pytest
from asgiref.sync import async_to_sync
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from jobs.lifecycle import NewArtifact, finish_job
from jobs.models import Artifact
from jobs.retention import purge_expired
from tests.jobs.lifecycle import rows

pytestmark = pytest.mark.usefixtures("rings")


@pytest.fixture
def batch(cast, slow, node):
    """Two finished pictures of photos with one name, and a job in the queue."""
    jobs = rows.submit(cast.owner, slow, variations=3)
    for number, job in enumerate(jobs[:2]):
        content = bytes([number]) * 300_000
        key = default_storage.save(f"jobs/{number}/result.png", ContentFile(content))
        result = NewArtifact("result", key, "image/png", "b" * 64, len(content), 90, 60)
        finish_job(rows.claim(job, node, slot=number), [result])
    return jobs[0].batch


def read(answer) -> zipfile.ZipFile:
    async def whole() -> bytes:
        return b"".join([part async for part in answer.streaming_content])

    content = async_to_sync(whole)()
    assert len(content) == int(answer["Content-Length"])
    return zipfile.ZipFile(io.BytesIO(content))


def test_it_has_each_finished_picture_under_a_name_of_its_own(api, batch):
    answer = api.get(f"/api/v1/batches/{batch.id}/zip")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/zip")
    assert f"pictures-{batch.created_at:%Y-%m-%d}-" in answer["Content-Disposition"]
    made = read(answer)
    assert made.testzip() is None
    assert {each.filename: made.read(each)[:1] for each in made.infolist()} == {
        "slow.png": b"\0",
        "slow-2.png": b"\1",
    }


def test_the_page_has_the_same_file(client, cast, batch):
    client.force_login(cast.owner)
    page = client.get(f"/jobs/?batch={batch.id}").content.decode()
    assert f'href="/batches/{batch.id}/zip/"' in page
    assert "Download those done" in page
    assert len(read(client.get(f"/batches/{batch.id}/zip/")).infolist()) == 2


@pytest.mark.django_db(transaction=True)
def test_head_reads_no_picture(site, batch, monkeypatch):
    opened = []

    def content(artifact: Artifact) -> Iterator[bytes]:
        opened.append(artifact.pk)
        yield bytes(artifact.size)

    monkeypatch.setattr("jobs.archive._content", content)
    address = f"/api/v1/batches/{batch.id}/zip"
    head = site.head(address)
    assert (head.status_code, head.content, opened) == (200, b"", [])
    assert int(head.headers["Content-Length"]) == len(site.get(address).content)
    assert len(opened) == 2


def test_queries_do_not_grow_with_the_pictures(api, batch, django_assert_max_num_queries):
    with django_assert_max_num_queries(8):
        api.get(f"/api/v1/batches/{batch.id}/zip")


def test_without_a_picture(api, cast, slow):
    batch = rows.submit_one(cast.owner, slow).batch
    error = api.get(f"/api/v1/batches/{batch.id}/zip").json()["error"]
    assert (error["code"], error["message"]) == ("not_found", "No picture of this batch is finished yet.")


def test_after_the_retention(api, batch):
    Artifact.objects.update(expires_at=batch.created_at)
    purge_expired()
    answer = api.get(f"/api/v1/batches/{batch.id}/zip")
    assert (answer.status_code, answer.json()["error"]["code"]) == (410, "gone")
