import os
import time
from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.storage import default_storage
from django.core.files.storage.memory import InMemoryStorage
from django.utils import timezone

from creator.lib.storage.listing import list_objects, remove_empty_folders
from jobs.models import Upload
from jobs.retention import collect_orphan_files, orphans
from jobs.retention.orphans import Collected
from tests.jobs.lifecycle import rows
from tests.jobs.retention import stored
from tests.jobs.retention.stored import AHEAD, GONE

DAY_S = 24 * 3600


@pytest.fixture
def later(monkeypatch):
    """Treat every stored file as older than a day."""
    monkeypatch.setattr(orphans, "SPARED", timedelta(seconds=-60))


def age(folder, seconds):
    for path in [*folder.rglob("*")]:
        os.utime(path, (time.time() - seconds,) * 2)


def test_what_no_row_names_goes_and_everything_named_stays(cast, slow, storage, later):
    job = stored.make_results(cast.owner, slow, expires_in=GONE)
    photo = stored.make_photo(cast.stranger, expires_in=None)
    late_writer = stored.store(f"results/{job.id}/{uuid4()}/result.png")
    for key in (f"uploads/{uuid4()}/photo", f"results/{uuid4()}/{uuid4()}/result.png", "uploads/strange"):
        stored.store(key)
    assert late_writer in stored.keys_there()
    assert collect_orphan_files() == Collected(seen=10, files=4, bytes=40)
    assert stored.keys_there() == stored.keys_of(job, photo)


def test_a_name_counts_wherever_the_file_lies(cast, slow, folder, later):
    """The rows name keys that do not contain the row's own id."""
    job, foreign = (rows.submit_one(cast.owner, slow) for _ in range(2))
    keys = {"key": "uploads/a", "preview_key": f"uploads/{uuid4()}/b", "thumbnail_key": "results/c"}
    photo = rows.make_upload(cast.owner, **{field: stored.store(key) for field, key in keys.items()})
    stored.make_artifact(job, "result", stored.store(f"results/{foreign.id}/x/result"))
    assert collect_orphan_files() == Collected(seen=4)
    assert stored.keys_there() == stored.keys_of(photo, job)


def test_files_of_a_save_under_way_stay_for_a_day(db, folder):
    stored.store(f"results/{uuid4()}/{uuid4()}/result.png")
    age(folder, DAY_S - 60)
    assert collect_orphan_files() == Collected(seen=1)
    age(folder, DAY_S + 60)
    assert collect_orphan_files() == Collected(seen=1, files=1, bytes=10)


def test_objects_say_their_age_and_size(storage):
    stored.store("results/a/b")
    (found,) = list_objects(default_storage, "results")
    assert (found.key, found.size) == ("results/a/b", 10)
    assert abs((found.written_at - timezone.now()).total_seconds()) < 60


def test_one_line_says_what_was_collected(db, folder, later):
    stored.store("uploads/x")
    collect_orphan_files()
    collect_orphan_files()
    details = {"files": 1, "bytes": 10, "failures": 0}
    assert stored.audit_lines() == [("orphan_files_deleted", "storage", details)]


def test_pages_are_asked_for_a_few_times_whatever_they_hold(cast, folder, later, django_assert_num_queries):
    """A page costs two queries if each of its objects is named by the row whose id is in its key."""
    for _ in range(5):
        stored.make_photo(cast.owner, expires_in=AHEAD)
    with django_assert_num_queries(2):
        assert collect_orphan_files() == Collected(seen=15)


def test_more_than_a_page_is_looked_at(cast, storage, later, monkeypatch):
    monkeypatch.setattr(orphans, "PAGE", 2)
    photo = stored.make_photo(cast.owner, expires_in=AHEAD)
    for number in range(5):
        stored.store(f"uploads/{uuid4()}/{number}")
    assert collect_orphan_files() == Collected(seen=8, files=5, bytes=50)
    assert stored.keys_there() == stored.keys_of(photo)


def test_old_empty_folders_go(db, folder):
    for name in ("results/a/old", "results/b/full", "uploads"):
        (folder / name).mkdir(parents=True)
    (folder / "results/b/full/file").touch()
    age(folder, DAY_S)
    (folder / "results/c/new").mkdir(parents=True)
    before = timezone.now() - timedelta(hours=1)
    assert remove_empty_folders(default_storage, "results", before=before) == 1
    age(folder, DAY_S)
    (folder / "results/c/new").touch()
    assert remove_empty_folders(default_storage, "results", before=before) == 1
    left = {path.relative_to(folder).as_posix() for path in folder.rglob("*")}
    assert left == {"uploads", "results"} | {
        f"results/{x}" for x in ("b", "b/full", "b/full/file", "c", "c/new")
    }


def test_an_orphan_that_stays_is_counted(db, folder, later, monkeypatch):
    key = stored.store("uploads/x")
    listed = [*list_objects(default_storage, "uploads")]
    (folder / key).unlink()
    (folder / key / "in the way").mkdir(parents=True)
    monkeypatch.setattr(orphans, "list_objects", lambda _, name: listed if name == "uploads" else [])
    assert collect_orphan_files() == Collected(seen=1, failures=1)
    assert Upload.objects.count() == 0


def test_a_storage_that_cannot_be_listed_is_said():
    with pytest.raises(TypeError, match="InMemoryStorage cannot be listed"):
        list_objects(InMemoryStorage(), "uploads")
