"""The worker's process opens no picture: what nodes and people sent is decoded in children only."""

from typing import Any

import cv2
import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image, ImageFile

from jobs.execution import saving
from jobs.execution.prompt import PromptRun
from jobs.worker import next_claim
from tests.jobs.execution.running import attempts, eventually, run_of, run_to_end
from tests.jobs.lifecycle import rows
from tests.jobs.results.test_making import OTHERS
from tests.jobs.uploads.pictures import encode, flat

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def unopened(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("this process opened a picture")

    for owner, name in (
        (Image, "open"),
        (Image, "frombytes"),
        (ImageFile.ImageFile, "load"),
        (ImageFile.Parser, "feed"),
        (cv2, "imdecode"),
        (cv2, "imread"),
    ):
        monkeypatch.setattr(owner, name, refuse)


@pytest.mark.parametrize("form", ["png", "jpeg", "webp"])
def test_a_result_is_saved(cast, slow, node, form):
    job = run_to_end(rows.submit_one(cast.owner, slow, output_format=form))
    assert (job.status, job.artifacts.count()) == ("completed", 3)


def test_a_transparent_photo_is_laid_on_its_ground(cast, slow, node, monkeypatch):
    photo = default_storage.save(
        "uploads/cut-out.png", ContentFile(encode(flat("RGBA", (9, 9, 9, 40)), "PNG"))
    )
    upload = rows.make_upload(cast.owner, key=photo, width=64, height=48)
    run = _begun(cast, slow)
    run.job.upload = upload
    sent = []
    monkeypatch.setattr(run.link.client, "upload_image", lambda file, **_: sent.append(file.read()) or "name")
    run._upload_photo()
    assert sent[0][:26].endswith(b"\x08\x02")  # 8 bits, RGB without alpha


def test_a_predicted_output_is_checked(cast, slow, node):
    job = run_to_end(rows.submit_one(cast.owner, slow))
    attempt = job.attempts.get()
    claimed = _begun(cast, slow)
    again = PromptRun(lease=claimed.lease, job=job, attempt=attempt, link=claimed.link)
    assert again.predicted_output().filename.endswith(".png")


@pytest.mark.parametrize(
    "kind", ["EPS", "SVG", "PDF", "bomb.png", "cut.png", "text-bomb.png", "AVIF", "nothing"]
)
def test_another_output_ends_the_job_as_documented(cast, slow, node, monkeypatch, kind):
    content = OTHERS[kind]()
    monkeypatch.setattr(saving, "fetch_output", lambda lease, link, file, into: into.write_bytes(content))
    job = run_to_end(rows.submit_one(cast.owner, slow))
    assert (job.status, job.error_code, job.artifacts.count()) == ("failed", "bad_output", 0)
    assert len(attempts(job)) == settings.CONFIG.job_attempts
    assert rows.counts(cast.owner) == (0, 0)


def _begun(cast: Any, slow: Any) -> PromptRun:
    rows.submit_one(cast.owner, slow)
    return run_of(eventually(next_claim))
