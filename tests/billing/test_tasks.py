from django.db.models import F
from structlog.testing import capture_logs

from billing import tasks
from billing.ledger import open_credit_account
from billing.models import CreditAccount
from creator.platform.models import AuditLine


def test_a_ledger_that_adds_up_is_not_spoken_of(cast):
    open_credit_account(cast.owner)
    assert (tasks.ledger_audit(), AuditLine.objects.count()) == (True, 0)


def test_drift_of_the_ledger_is_an_error_and_an_audit_line(cast):
    account = open_credit_account(cast.owner)
    CreditAccount.objects.filter(pk=account.pk).update(available=F("available") + 5, granted=F("granted") + 5)
    with capture_logs() as logs:
        tasks.ledger_audit()
    line = AuditLine.objects.get()
    assert (line.action, line.subject, line.actor) == ("ledger_drift", "ledger", None)
    assert [found["account_id"] for found in line.details["first"]] == [account.pk] * 3
    assert line.details["differences"] == 3
    assert [(said["event"], said["log_level"]) for said in logs] == [("ledger_drift", "error")]
