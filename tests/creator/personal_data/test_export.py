"""An export has everything that is stored about its person, and nothing about anybody else."""

import json
import os
import tracemalloc
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from django.core import mail
from django.core.files.storage import default_storage
from django.utils import timezone

from accounts.export import ask_export, get_export, make_due_exports, making, purge_exports
from accounts.models import DataExport, User
from accounts.registry import parts
from creator.lib.errors import Refused
from creator.lib.storage.listing import list_objects
from creator.platform.background import LeaseLost
from creator.platform.models import AuditLine
from creator.platform.outbox import hand_on_due
from jobs.models import Job, Upload
from tests.creator.personal_data.conftest import make_photo

DAY = timedelta(days=1)


def export_of(person):
    ask_export(person.user)
    make_due_exports()
    return DataExport.objects.get(owner=person.user)


def opened(export):
    with default_storage.open(export.key) as file:
        return ZipFile(BytesIO(file.read()))


def rows_in(archive, path):
    return json.loads(archive.read(path))


def make_due(export):
    DataExport.objects.filter(pk=export.pk).update(due_at=timezone.now() - timedelta(seconds=1))


def exports_there():
    return {found.key for found in list_objects(default_storage, "exports")}


def test_it_has_every_row_and_every_file_as_it_is_stored(ada):
    archive = opened(export_of(ada))
    counts = {name: len(rows_in(archive, name)) for name in archive.namelist() if name.endswith(".json")}
    assert counts["jobs/jobs.json"] == Job.objects.filter(owner=ada.user).count() == 3
    assert counts["jobs/photos.json"] == Upload.objects.filter(owner=ada.user).count() == 1
    assert counts["jobs/results.json"] == 3
    assert counts["billing/ledger.json"] > 0
    assert {name for name, count in counts.items() if not count} == {
        "accounts/address_change.json",
        "accounts/mail_schedule.json",
        "accounts/notification_preferences.json",
        "jobs/photos_sent_in_parts.json",
    }
    [profile] = rows_in(archive, "accounts/profile.json")
    assert (profile["email"], profile["name"]) == (ada.user.email, "Ada Lovelace")
    [result] = ada.done.artifacts.filter(kind="result")
    files = {
        f"photos/Portrait of ada-{ada.photo.pk}.png": f"content of {ada.photo.key}".encode(),
        f"results/{ada.done.name}-{ada.done.pk}.png": f"content of {result.key}".encode(),
    }
    assert {
        name: archive.read(name) for name in archive.namelist() if "/" in name and ".json" not in name
    } == files
    assert archive.testzip() is None


def test_it_has_no_secret_and_nothing_about_others(ada, bob):
    archive = opened(export_of(ada))
    everything = "".join(archive.namelist()) + "".join(
        archive.read(name).decode("utf-8", "replace") for name in archive.namelist()
    )
    for word in (
        ada.secret,
        ada.key.digest,
        "totp-of-ada",
        ada.user.password,
        ada.browser.session.session_key,
    ):
        assert word not in everything
    for word in bob.words:
        assert word.lower() not in everything.lower()
    for word in (
        str(ada.user.pk),
        "ada.byron@",
        "script of ada",
        "google-ada-1815",
        "AdaBrowser",
        "192.0.2.77",
    ):
        assert word in everything


def test_every_row_of_a_person_is_exported_or_left_out_for_a_reason(ada):
    left_out = {
        "accounts.FailedSignIns": "a count since the last sign-in",
        "admin.LogEntry": "what staff change in /admin/, whose pages change nothing",
        "accounts.Erasure": "of accounts that are being deleted",
        "jobs.UserQueue": "counts of open jobs, which are exported",
    }
    exported = {rows.rows.model._meta.label for part in parts() for rows in part.rows(ada.user).values()}
    owned = {
        related.related_model._meta.label
        for related in User._meta.related_objects
        if related.one_to_many or related.one_to_one
    }
    assert owned - exported == set(left_out)


def test_a_file_that_is_gone_does_not_stop_it_and_is_told(ada):
    default_storage.delete(ada.photo.key)
    archive = opened(export_of(ada))
    assert not [name for name in archive.namelist() if name.startswith("photos/")]
    assert "1 files had been deleted" in archive.read("README.txt").decode()


def test_names_lead_to_no_other_folder(ada):
    Upload.objects.filter(pk=ada.photo.pk).update(name="../../etc/cron.d/..\\evil\n.jpg")
    names = opened(export_of(ada)).namelist()
    [photo] = [name for name in names if name.startswith("photos/")]
    assert (".." in photo, "\\" in photo, "\n" in photo, photo.count("/")) == (False, False, False, 1)


def test_one_at_a_time_and_so_many_a_day(ada):
    first = ask_export(ada.user)
    assert ask_export(ada.user).pk == first.pk
    for _ in range(2):
        make_due_exports()
        ask_export(ada.user)
    make_due_exports()
    with pytest.raises(Refused) as refused:
        ask_export(ada.user)
    assert refused.value.code == "rate_limited"
    assert 23 * 3600 < int(refused.value.headers["Retry-After"]) <= 24 * 3600
    DataExport.objects.update(created_at=timezone.now() - 2 * DAY)
    assert ask_export(ada.user).is_open


def test_only_the_owner_gets_it_and_only_until_it_expires(ada, bob):
    export = export_of(ada)
    assert get_export(ada.user, export.pk).key == export.key
    with pytest.raises(Refused) as others:
        get_export(bob.user, export.pk)
    assert others.value.code == "not_found"
    assert 6 * DAY < export.expires_at - timezone.now() < 7 * DAY
    DataExport.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(Refused) as late:
        get_export(ada.user, export.pk)
    assert late.value.code == "gone"
    assert purge_exports() == 1
    assert exports_there() == set()


def test_the_purge_leaves_what_has_time_left_and_takes_what_no_row_names(ada, folder):
    import os

    from tests.creator.personal_data.conftest import store

    export = export_of(ada)
    orphan, fresh = store("exports/gone/old.zip"), store("exports/gone/new.zip")
    for key in (orphan, export.key):
        os.utime(folder / key, (0, 0))
    assert purge_exports() == 0
    assert exports_there() == {export.key, fresh}


def test_a_worker_that_dies_is_followed_by_another_who_starts_over(ada, monkeypatch):
    class Died(BaseException):
        """Ends the worker in the middle of a file."""

    def die(self, done):
        raise Died

    with monkeypatch.context() as dying:
        dying.setattr(making._Told, "__call__", die)
        ask_export(ada.user)
        with pytest.raises(Died):
            make_due_exports()
    assert exports_there() == set()
    assert make_due_exports() == 0  # the dead worker's lease
    make_due(DataExport.objects.get())
    assert make_due_exports() == 1
    assert opened(DataExport.objects.get()).testzip() is None


def test_a_late_worker_leaves_no_file_and_does_not_end_the_export(ada, monkeypatch):
    def lose(export):
        DataExport.objects.update(token=None)

    export = ask_export(ada.user)
    real = making.write_archive

    def write(*arguments):
        real(*arguments)
        lose(export)

    monkeypatch.setattr(making, "write_archive", write)
    make_due_exports()
    export.refresh_from_db()
    assert (export.done_at, export.key, exports_there()) == (None, "", set())


def test_it_is_given_up_after_some_failures(ada, monkeypatch):
    monkeypatch.setattr(making, "count_files", lambda user: 1 / 0)
    export = ask_export(ada.user)
    waited = timedelta()
    for _ in range(DataExport.MOST_FAILURES):
        assert DataExport.objects.get().is_open
        make_due(export)
        make_due_exports()
        export.refresh_from_db()
        waited += export.due_at - timezone.now() if export.is_open else timedelta()
    assert waited > timedelta(minutes=20)  # so long may the storage be away
    assert (export.is_failed, export.last_error, make_due_exports()) == (True, "ZeroDivisionError", 0)
    assert ask_export(ada.user).pk != export.pk


def test_one_that_has_waited_for_days_is_not_asked_for_twice(ada):
    waiting = ask_export(ada.user)
    DataExport.objects.update(created_at=timezone.now() - 2 * DAY)
    assert ask_export(ada.user).pk == waiting.pk


def test_many_large_files_take_no_more_memory_than_one(ada):
    size, count = 8 * 1024 * 1024, 12
    for number in range(count):
        photo = make_photo(ada.user, f"{number}.png")
        Path(default_storage.path(photo.key)).write_bytes(os.urandom(size))
    tracemalloc.start()
    try:
        export = export_of(ada)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (export.size > count * size, peak < size) == (True, True)


def test_the_progress_is_told_and_a_lost_lease_stops_it(ada):
    export = ask_export(ada.user)
    DataExport.objects.update(token=export.pk)
    export.refresh_from_db()
    told = making._Told(export)
    told(3)
    assert DataExport.objects.get().files_done == 3
    told(4)  # within the same second
    assert DataExport.objects.get().files_done == 3
    told._next = 0
    DataExport.objects.update(token=None)
    with pytest.raises(LeaseLost):
        told(5)


def test_the_audit_has_who_asked(ada):
    ask_export(ada.user, address="192.0.2.7")
    [line] = AuditLine.objects.filter(action="export_asked")
    assert (line.actor, line.details["address"]) == (ada.user, "192.0.2.7")


def test_the_person_is_told_when_it_is_ready(ada):
    mail.outbox.clear()
    export = export_of(ada)
    hand_on_due()
    [message] = [message for message in mail.outbox if message.subject == "The export of your data is ready"]
    assert (message.to, "/account/data/" in message.body) == ([ada.user.email], True)
    assert str(export.pk) not in message.body
