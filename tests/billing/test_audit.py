import json

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from billing.enums import EntryKind
from billing.ledger import adjust, find_drift, grant, hold_credits, open_credit_account, release, settle
from billing.models import CreditAccount, CreditBucket, Draw, Hold, LedgerEntry
from tests.billing.conftest import REFERENCE


@pytest.fixture
def busy(cast, held, unprotected_entries):
    """Two accounts with holds in every state. The owner's has 60 credits granted, 9 spent and 8 reserved."""
    grant(owner_id=cast.owner.pk, amount=12, source="invoice", source_id="1", reason="July")
    adjust(owner_id=cast.owner.pk, amount=-2, source="staff", source_id="1", reason="Counted twice")
    open_credit_account(cast.other)
    for owner, amounts in ((cast.owner, {"job:2": 9, "job:3": 5}), (cast.other, {"job:4": 3})):
        hold_credits(owner_id=owner.pk, amounts=amounts, label="cinematic")
    assert (settle("job:2"), release("job:3")) == (True, True)
    return CreditAccount.objects.get(owner=cast.owner)


EXPLAIN = {"postgresql": "EXPLAIN", "sqlite": "EXPLAIN QUERY PLAN"}


def found():
    return {(drift.reference, drift.what): (drift.expected, drift.found) for drift in find_drift()}


def bucket_of(source):
    """How the audit names the first bucket from this source: the owner's."""
    return f"bucket {CreditBucket.objects.filter(entry__source=source).order_by('pk').first().pk}"


def entries(reference, kind):
    return LedgerEntry.objects.filter(hold__reference=reference, kind=kind)


def drop_unique(name):
    drop = "DROP INDEX" if connection.vendor == "sqlite" else "DROP INDEX IF EXISTS"
    with connection.cursor() as cursor:
        cursor.execute(f"{drop} {name}")


def test_what_was_not_touched_adds_up(busy):
    assert find_drift() == []
    assert (busy.available, busy.reserved, busy.spent, busy.granted) == (43, 8, 9, 60)


def test_a_grown_balance_is_found(busy):
    CreditAccount.objects.filter(pk=busy.pk).update(available=143, granted=160)
    assert found() == {
        ("", "available"): (43, 143),
        ("", "granted"): (60, 160),
        ("", "available_in_buckets"): (43, 143),
    }
    assert {drift.account_id for drift in find_drift()} == {busy.pk}


def test_credits_moved_between_balances_are_found(busy):
    CreditAccount.objects.filter(pk=busy.pk).update(reserved=7, spent=10)
    assert found() == {
        ("", "reserved"): (8, 7),
        ("", "spent"): (9, 10),
        ("", "reserved_by_holds"): (8, 7),
        ("", "spent_by_holds"): (9, 10),
    }


def test_a_hold_of_another_amount_is_found(busy):
    Hold.objects.filter(reference=REFERENCE).update(amount=80)
    assert found() == {
        ("", "reserved_by_holds"): (80, 8),
        ("", "period_credits"): (89, 17),
        (REFERENCE, "hold_amount"): (80, 8),
        (REFERENCE, "hold_drawn"): (80, 8),
    }


def test_an_entry_of_another_amount_is_found(busy):
    entries("job:2", EntryKind.SETTLE).update(amount=7)
    assert found() == {("", "spent"): (7, 9), ("", "reserved"): (10, 8), ("job:2", "closing_amount"): (9, 7)}


def test_a_grant_of_another_amount_is_found(busy):
    LedgerEntry.objects.filter(source="invoice").update(amount=13)
    assert found() == {
        ("", "available"): (44, 43),
        ("", "granted"): (61, 60),
        (bucket_of("invoice"), "bucket_amount"): (13, 12),
    }


def test_a_missing_closing_is_found(busy):
    entries("job:3", EntryKind.RELEASE).delete()
    assert found() == {
        ("", "available"): (38, 43),
        ("", "reserved"): (13, 8),
        ("job:3", "closings"): (1, 0),
        ("job:3", "closing_amount"): (5, 0),
    }


def test_a_missing_hold_entry_is_found(busy):
    Draw.objects.filter(entry__hold__reference="job:3").delete()
    entries("job:3", EntryKind.HOLD).delete()
    assert found() == {
        ("", "available"): (48, 43),
        ("", "reserved"): (3, 8),
        ("job:3", "hold_entries"): (1, 0),
        ("job:3", "hold_amount"): (5, 0),
        ("job:3", "hold_drawn"): (5, 0),
    }


def test_two_closings_of_one_hold_are_found_even_of_nothing(busy):
    drop_unique("entry_one_closing_per_hold")
    hold = Hold.objects.get(reference="job:2")
    LedgerEntry.objects.create(account=busy, kind=EntryKind.RELEASE, amount=0, hold=hold)
    assert found() == {("job:2", "closings"): (1, 2)}


def test_two_entries_of_one_hold_are_found(busy):
    drop_unique("entry_one_opening_per_hold")
    hold = Hold.objects.get(reference="job:2")
    LedgerEntry.objects.create(account=busy, kind=EntryKind.HOLD, amount=0, hold=hold)
    assert found() == {("job:2", "hold_entries"): (1, 2)}


def test_a_closing_of_the_wrong_kind_is_found(busy):
    Hold.objects.filter(reference="job:3").update(state="settled")
    assert found() == {
        ("", "spent_by_holds"): (14, 9),
        ("", "period_jobs"): (3, 2),
        ("", "period_credits"): (22, 17),
        ("job:3", "closing_amount"): (5, 0),
        (bucket_of("monthly"), "left"): (26, 31),
    }


def test_a_closed_hold_that_was_opened_again_is_found(busy):
    Hold.objects.filter(reference="job:2").update(state="open", closed_at=None)
    assert found() == {
        ("", "reserved_by_holds"): (17, 8),
        ("", "spent_by_holds"): (0, 9),
        ("job:2", "closings"): (0, 1),
    }


def test_an_entry_on_another_account_is_found(busy, cast):
    entries("job:2", EntryKind.HOLD).update(account=open_credit_account(cast.other))
    where = {(drift.account_id == busy.pk, drift.reference, drift.what) for drift in find_drift()}
    assert where == {
        (True, "", "available"),
        (True, "", "reserved"),
        (False, "", "available"),
        (False, "", "reserved"),
        (True, "job:2", "foreign_entries"),
        (True, bucket_of("monthly"), "foreign_draws"),
    }


def test_credits_that_no_bucket_lost_are_found(busy):
    CreditBucket.objects.filter(entry__source="invoice").update(left=11)
    assert found() == {("", "available_in_buckets"): (42, 43), (bucket_of("invoice"), "left"): (12, 11)}


def test_a_draw_of_another_amount_is_found(busy):
    Draw.objects.filter(entry__hold__reference="job:2").update(amount=8)
    assert found() == {("job:2", "hold_drawn"): (9, 8), (bucket_of("monthly"), "left"): (32, 31)}


def test_counters_of_the_period_that_differ_are_found(busy):
    CreditAccount.objects.filter(pk=busy.pk).update(period_jobs=1, period_credits=0)
    assert found() == {("", "period_jobs"): (2, 1), ("", "period_credits"): (17, 0)}


def test_holds_of_earlier_periods_do_not_count(busy):
    Hold.objects.filter(account=busy).update(period_number=7)
    assert found() == {("", "period_jobs"): (0, 2), ("", "period_credits"): (0, 17)}


def test_a_debt_without_its_entry_is_found(busy):
    CreditAccount.objects.filter(pk=busy.pk).update(debt=4)
    assert found() == {("", "debt"): (0, 4), ("", "debt_with_credits"): (0, 4)}


def test_an_expiry_that_the_account_does_not_know_is_found(busy):
    CreditAccount.objects.filter(pk=busy.pk).update(next_expiry_at=None)
    assert found() == {("", "late_expiries"): (0, 1)}


def test_the_audit_asks_three_times_however_many_accounts(busy, django_assert_num_queries):
    with django_assert_num_queries(3):
        find_drift()


def test_the_command_says_that_all_is_well(busy, capsys):
    call_command("ledger_audit")
    assert capsys.readouterr().out == "2 accounts, 10 entries, drift 0\n"


def test_the_command_names_what_differs_and_fails(busy, capsys):
    Hold.objects.filter(reference=REFERENCE).update(amount=80)
    with pytest.raises(CommandError) as failed:
        call_command("ledger_audit")
    assert failed.value.returncode == 1
    assert capsys.readouterr().out.splitlines() == [
        f"account {busy.pk}: reserved_by_holds is 8, should be 80",
        f"account {busy.pk}: period_credits is 17, should be 89",
        f"account {busy.pk}: hold_amount of {REFERENCE} is 8, should be 80",
        f"account {busy.pk}: hold_drawn of {REFERENCE} is 8, should be 80",
        "2 accounts, 10 entries, drift 4",
    ]


def test_the_command_speaks_to_programs(busy, capsys):
    CreditAccount.objects.filter(pk=busy.pk).update(available=44, granted=61)
    with pytest.raises(CommandError):
        call_command("ledger_audit", "--json")
    said = json.loads(capsys.readouterr().out)
    assert (said["accounts"], said["entries"]) == (2, 10)
    assert said["drift"] == [
        {"account_id": busy.pk, "reference": "", "what": "available", "expected": 43, "found": 44},
        {"account_id": busy.pk, "reference": "", "what": "granted", "expected": 60, "found": 61},
        {"account_id": busy.pk, "reference": "", "what": "available_in_buckets", "expected": 43, "found": 44},
    ]


def test_nothing_is_added_up_again_for_each_entry(cast):
    """With one subquery per entry, the audit of a large ledger would hit the statement timeout."""
    with CaptureQueriesContext(connection) as seen:
        find_drift()
    for query in seen.captured_queries:
        with connection.cursor() as cursor:
            cursor.execute(f"{EXPLAIN[connection.vendor]} {query['sql']}")
            plan = str(cursor.fetchall())
        assert ("billing_" in plan, "SubPlan" in plan or "CORRELATED" in plan) == (True, False)
