"""What ended attempts left on a node is overwritten, and nothing that a job may still need."""

from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from types import SimpleNamespace

import httpx2
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from jobs.execution import run_claim
from jobs.models import Attempt, Job, Node
from jobs.models.job import PHOTO_SHARED_S
from jobs.nodes import add_node, check_node, clear_nodes, close_links, files
from jobs.uploads.accept import accept_photo
from jobs.worker import next_claim
from tests.e2e.conformance.server import CpuNode
from tests.jobs.execution.running import eventually
from tests.jobs.lifecycle import rows
from tests.jobs.uploads.pictures import encode, flat

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def over(monkeypatch):
    """The time in which others share a photo's file is over at once."""
    monkeypatch.setattr(files, "PHOTO_SHARED_S", -files.MARGIN_S)


@pytest.fixture
def folder(db, tmp_path):
    """The folder of a node of its own, which is registered."""
    process = CpuNode(tmp_path / "node")
    assert check_node(add_node(name="gpu", url=process.url))
    yield tmp_path / "node"
    close_links()
    process.stop()


@pytest.fixture
def made(cast, presets, folder):
    """`made(count)` runs jobs of one photo on the node."""
    content = encode(flat("RGB", (200, 120, 60), (320, 240)), "PNG")
    photo = accept_photo(owner=cast.owner, file=SimpleUploadedFile("photo.png", content))

    def run(count=1):
        jobs = [rows.submit_one(cast.owner, presets["portrait_pro"], photos=[photo]) for _ in range(count)]
        for _ in jobs:
            run_claim(eventually(next_claim))
        return jobs

    return run


def raise_storage_error(*_):
    raise OSError("the disk is full")


def sizes(folder):
    """The size in pixels of every picture on the node, by folder."""
    found = {}
    for kind in ("input", "output", "temp"):
        files = (folder / kind).rglob("*.png")
        found[kind] = [Image.open(BytesIO(path.read_bytes())).size for path in files]
    return found


def test_photo_result_and_previews_shrink_to_one_pixel(made, folder, over):
    made()
    before = sizes(folder)
    # The node's own proof left a preview of 16 x 16.
    assert (before["input"], before["output"], len(before["temp"]) > 1) == ([(320, 240)], [(320, 240)], True)
    assert clear_nodes() == 1
    after = sizes(folder)
    assert (after["input"], after["output"]) == ([(1, 1)], [(1, 1)])
    assert set(after["temp"]) <= {(1, 1), (16, 16)}
    assert (clear_nodes(), Job.objects.get().status) == (0, "completed")


def test_pictures_of_one_photo_share_its_file_and_the_nodes_cache(made, folder, over):
    made(3)
    assert len(sizes(folder)["input"]) == 1
    assert clear_nodes() == 3
    assert set(sizes(folder)["output"]) == {(1, 1)}


def test_other_clients_see_no_names_of_photos(made, folder):
    made()
    answer = httpx2.get(f"{Node.objects.get().url}/object_info/LoadImage", trust_env=False)
    assert (answer.status_code, ".png" in answer.text) == (200, False)


def test_a_photo_stays_while_others_may_share_it_or_use_it(made, folder, monkeypatch):
    made(2)
    assert clear_nodes() == 0
    monkeypatch.setattr(files, "PHOTO_SHARED_S", -files.MARGIN_S)
    second = Attempt.objects.latest("pk")
    Attempt.objects.filter(pk=second.pk).update(ended_at=None)
    assert (clear_nodes(), sizes(folder)["input"]) == (0, [(320, 240)])


def test_a_result_that_could_not_be_stored_stays_until_the_files_of_its_job_go(
    made, folder, over, monkeypatch, settings
):
    settings.CONFIG = replace(settings.CONFIG, job_attempts=1)
    monkeypatch.setattr("jobs.execution.runner.save_result", raise_storage_error)
    (job,) = made()
    assert Job.objects.get().error_code == "storage_error"
    assert (clear_nodes(), sizes(folder)["output"]) == (0, [(320, 240)])
    Job.objects.filter(pk=job.pk).update(files_purged_at=timezone.now())
    assert (clear_nodes(), sizes(folder)["output"]) == (1, [(1, 1)])


def test_a_node_that_does_not_answer_is_cleared_later(made, folder, over):
    made()
    url = Node.objects.get().url
    Node.objects.update(url="http://127.0.0.1:9")
    assert (clear_nodes(), Attempt.objects.get().files_on_node) == (0, True)
    Node.objects.update(url=url)
    assert clear_nodes() == 1


def test_a_node_that_is_slow_is_left_in_time_for_the_next_call(made, over, monkeypatch):
    made(3)
    with monkeypatch.context() as patch:
        patch.setattr(files, "time", SimpleNamespace(monotonic=iter([0.0, 1.0, files.MOST_S + 1]).__next__))
        assert clear_nodes() == 1
    assert clear_nodes() == 2


def test_a_later_attempt_uses_another_name(cast, presets, made):
    (job,) = made()
    attempt = Attempt.objects.select_related("job").get()
    before = attempt.photo_name
    attempt.created_at += timedelta(seconds=PHOTO_SHARED_S)
    assert (before.startswith(str(job.upload_id)), before != attempt.photo_name) == (True, True)
