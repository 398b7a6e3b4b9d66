from django.db.models import F
from structlog.testing import capture_logs

from accounts.models import AuditLine
from billing.ledger import open_account
from billing.models import Account
from jobs import tasks
from jobs.models import Upload
from tests.retention import stored
from tests.retention.stored import GONE


def test_a_ledger_that_adds_up_is_not_spoken_of(cast):
    open_account(cast.owner)
    assert (tasks.ledger_audit(), AuditLine.objects.count()) == (True, 0)


def test_drift_of_the_ledger_is_an_error_and_an_audit_line(cast):
    account = open_account(cast.owner)
    Account.objects.filter(pk=account.pk).update(available=F("available") + 5, granted=F("granted") + 5)
    with capture_logs() as logs:
        tasks.ledger_audit()
    line = AuditLine.objects.get()
    assert (line.action, line.subject, line.actor) == ("ledger_drift", "ledger", None)
    assert [found["account_id"] for found in line.details["first"]] == [account.pk] * 2
    assert line.details["differences"] == 2
    assert [(said["event"], said["log_level"]) for said in logs] == [("ledger_drift", "error")]


def test_a_second_beat_does_not_do_it_again(cast, settings, tmp_path):
    settings.STORAGES = settings.STORAGES | {
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": tmp_path},
        }
    }
    stored.make_photo(cast.owner, expires_in=GONE)
    assert (tasks.purge_expired(), Upload.objects.count()) == (True, 0)
    stored.make_photo(cast.owner, expires_in=GONE)
    assert (tasks.purge_expired(), Upload.objects.count()) == (False, 1)
