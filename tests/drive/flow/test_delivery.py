"""Results lie beside, each once, and never over anything that is there."""

import json

import pytest

from creator.platform.models import Delivery
from drive.enums import Pause
from drive.folders import stop_watching
from drive.models import Picture, WrittenFile
from drive.sources.base import Away, Full, NameRefused
from drive.waiting import RESULTS
from jobs.enums import JobStatus
from jobs.models import Job
from tests.drive.flow.conftest import photo


@pytest.fixture
def job(memory, folder, go):
    """A photo that was taken; its job is queued."""
    memory.put("IMG_2041.JPG", photo())
    go()
    return Job.objects.get()


def test_the_result_is_named_after_the_photo(memory, job, go, end):
    end(job, content=b"the picture")
    go()
    assert memory.names() == ["IMG_2041-cinematic.png"]
    assert memory.content("IMG_2041-cinematic.png") == b"the picture"
    assert Picture.objects.get().delivered_at
    go()
    assert memory.names() == ["IMG_2041-cinematic.png"]


def test_a_sidecar_says_how_to_make_it_again(memory, folder, go, end):
    folder.writes_sidecar = True
    folder.save()
    memory.put("a.jpg", photo())
    go()
    end(Job.objects.get())
    go()
    assert memory.names() == ["a-cinematic.json", "a-cinematic.png"]
    told = json.loads(memory.content("a-cinematic.json"))
    assert told["source"] == "a.jpg"
    assert told["preset"] == "cinematic"


def test_nothing_that_is_there_is_overwritten(memory, job, go, end):
    memory.put("IMG_2041-cinematic.png", b"by hand", "out")
    memory.put("IMG_2041-cinematic-2.png", b"by hand too", "out")
    end(job, content=b"the picture")
    go()
    assert memory.content("IMG_2041-cinematic.png") == b"by hand"
    assert memory.content("IMG_2041-cinematic-3.png") == b"the picture"


@pytest.mark.parametrize("times", [1, 3])
def test_an_error_after_the_file_was_created_leaves_one_file(memory, job, go, end, due, times):
    memory.fail_after["write"] = [Away("500") for _ in range(times)]
    end(job, content=b"the picture")
    for _ in range(times + 2):
        go()
        due()
    assert memory.names() == ["IMG_2041-cinematic.png"]
    assert WrittenFile.objects.get().written_at


def test_a_repeat_finds_its_numbered_file_though_the_first_name_became_free(memory, job, go, end, due):
    other = memory.put("IMG_2041-cinematic.png", b"by hand", "out")
    memory.fail_after["write"] = [Away("500")]
    end(job, content=b"the picture")
    go()
    del memory.files[other]
    due()
    go()
    assert memory.names() == ["IMG_2041-cinematic-2.png"]


def test_a_name_that_the_source_refuses_is_made_plain(memory, folder, go, end):
    memory.put("a:b.jpg", photo())
    go()
    memory.fail["write"] = [NameRefused("a colon")]
    end(Job.objects.get())
    go()
    assert memory.names() == ["a_b-cinematic.png"]


def test_a_failed_job_leaves_a_note_in_plain_words(memory, job, go, end):
    Job.objects.filter(pk=job.pk).update(error_message="The node ran out of memory.")
    end(job, JobStatus.FAILED)
    go()
    assert memory.names() == ["IMG_2041.FAILED.txt"]
    words = memory.content("IMG_2041.FAILED.txt").decode()
    assert "“IMG_2041.JPG”" in words
    assert "You were not charged" in words


def test_a_cancelled_job_leaves_nothing(memory, job, go, end):
    end(job, JobStatus.CANCELLED)
    go()
    assert memory.names() == []
    assert Picture.objects.get().delivered_at is None


def test_results_of_an_ended_folder_are_given_up_if_there_is_no_place_for_them(memory, folder, job, go, end):
    stop_watching(folder)
    memory.folders_there.remove("out")
    end(job, content=b"the picture")
    go()
    assert Delivery.objects.get(kind=RESULTS).dead_at


@pytest.mark.parametrize(("error", "pause"), [(Full("quota"), Pause.FULL), (None, Pause.OUTPUT_GONE)])
def test_no_place_for_results_pauses_the_folder_until_there_is_one(
    memory, folder, job, go, end, due, error, pause
):
    if error:
        memory.fail["write"] = [error]
    else:
        memory.folders_there.remove("out")
    end(job, content=b"the picture")
    go()
    folder.refresh_from_db()
    assert folder.pause == pause
    memory.folders_there.add("out")
    due()
    go()
    folder.refresh_from_db()
    assert folder.pause == Pause.NONE
    assert memory.names() == ["IMG_2041-cinematic.png"]
