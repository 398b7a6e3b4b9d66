"""Concurrent calls from several threads. Each guard has a twin test: without it, the same steps go wrong.

They need PostgreSQL: SQLite lets only one transaction write at a time and makes the others wait.
"""

from functools import partial
from threading import Barrier, Event

import pytest
from django.db import connection, transaction

from billing.ledger import find_drift, grant, hold_credits, open_credit_account, release, settle
from billing.models import CreditAccount, Hold, LedgerEntry, Plan
from creator.lib.clock import database_now
from creator.lib.errors import Refused
from tests.billing.conftest import balances
from tests.jobs.lifecycle.threads import PATIENCE, together

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time"),
]


def meet(barrier):
    """Return the database's time, once both threads that close a hold have come here."""
    barrier.wait(PATIENCE)
    return database_now()


def try_to_hold(owner, reference, amount=1):
    try:
        with transaction.atomic():
            hold_credits(owner_id=owner.pk, amounts={reference: amount}, label="cinematic")
    except Refused:
        return False
    return True


def closing(close, reference):
    @transaction.atomic
    def call():
        return close(reference)

    return call


def test_sixteen_threads_spend_fifty_credits_and_no_more(cast, account):
    def submit(thread):
        return sum(try_to_hold(cast.owner, f"job:{thread}-{number}") for number in range(10))

    accepted = together(*[lambda thread=thread: submit(thread) for thread in range(16)])
    assert (sum(accepted), balances(cast.owner)) == (50, (0, 50, 0))
    assert (Hold.objects.count(), find_drift()) == (50, [])


def test_twin_that_looks_first_and_writes_then_oversells(cast, account):
    CreditAccount.objects.update(available=1, granted=1)
    barrier = Barrier(2)

    @transaction.atomic
    def look_then_write():
        seen = CreditAccount.objects.get(owner=cast.owner)
        barrier.wait(PATIENCE)
        if seen.available < 1:
            return False
        return bool(
            CreditAccount.objects.filter(pk=seen.pk).update(
                available=seen.available - 1, reserved=seen.reserved + 1
            )
        )

    assert together(look_then_write, look_then_write) == [True, True]
    assert balances(cast.owner) == (0, 1, 0)


def test_batches_at_once_are_held_whole_or_not_at_all(cast, account):
    Plan.objects.update(jobs_per_period=1000)  # only the credits decide

    def submit(thread):
        amounts = {f"job:{thread}-{number}": 1 for number in range(20)}
        try:
            with transaction.atomic():
                hold_credits(owner_id=cast.owner.pk, amounts=amounts, label="cinematic")
        except Refused as refused:
            return refused.details
        return None

    answers = together(*[lambda thread=thread: submit(thread) for thread in range(4)])
    assert [answer for answer in answers if answer] == [{"available": 10, "needed": 20}] * 2
    assert (balances(cast.owner), Hold.objects.count()) == ((10, 40, 0), 40)


@pytest.mark.parametrize("other", [settle, release])
def test_of_two_who_close_a_hold_one_does(cast, held, other, monkeypatch):
    monkeypatch.setattr("billing.ledger.closing.database_now", partial(meet, Barrier(2)))
    answers = together(closing(settle, held), closing(other, held))
    assert sorted(answers) == [False, True]
    left = (42, 0, 8) if answers[0] or other is settle else (50, 0, 0)
    assert (balances(cast.owner), LedgerEntry.objects.filter(hold__isnull=False).count()) == (left, 2)
    assert find_drift() == []


def test_twin_without_the_old_state_in_the_guard_both_close_it(held):
    meeting = partial(meet, Barrier(2))

    @transaction.atomic
    def close_unguarded():
        hold = Hold.objects.get(reference=held, state="open")
        return Hold.objects.filter(pk=hold.pk).update(state="settled", closed_at=meeting())

    assert together(close_unguarded, close_unguarded) == [1, 1]


def test_a_grant_at_once_from_many_is_given_once(cast, account):
    @transaction.atomic
    def give():
        return grant(owner_id=cast.owner.pk, amount=9, source="invoice", source_id="1", reason="July")

    assert sorted(together(*[give] * 8)) == [False] * 7 + [True]
    assert (balances(cast.owner), find_drift()) == ((59, 0, 0), [])


def test_an_account_opened_at_once_by_many_is_one_with_one_grant(cast):
    opened = together(*[lambda: open_credit_account(cast.owner).available] * 8)
    assert (opened, CreditAccount.objects.count(), LedgerEntry.objects.count()) == ([50] * 8, 1, 1)


def test_the_audit_takes_no_credits_that_move_for_drift(cast, account):
    done = Event()

    def move(thread):
        for number in range(25):
            reference = f"job:{thread}-{number}"
            assert try_to_hold(cast.owner, reference)
            assert closing(settle if number % 5 == 0 else release, reference)()
        return []

    def watch():
        found = find_drift()
        while not done.is_set():
            found += find_drift()
        return found

    def move_all():
        try:
            return together(*[lambda thread=thread: move(thread) for thread in range(4)])
        finally:
            done.set()

    assert together(watch, move_all)[0] == []
    assert (balances(cast.owner), find_drift()) == ((30, 0, 20), [])
