"""Caps hold whatever many threads start at once. Each has a twin: without the guard, the same steps go beyond it.

They need PostgreSQL: SQLite lets only one transaction write at a time and makes the others wait.
"""

from threading import Barrier

import pytest
from django.db import connection, transaction

from accounts.api_keys import make_api_key
from accounts.enums import Scope
from billing.ledger import find_drift, hold_credits, open_credit_account, release, set_caps
from billing.models import CreditAccount, Hold, KeyCap
from creator.lib.errors import Refused
from tests.jobs.lifecycle.threads import PATIENCE, together

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time"),
]
THREADS, EACH, CAP = 16, 10, 20


@pytest.fixture
def account(cast):
    return open_credit_account(cast.owner)


@pytest.fixture
def key(cast, account):
    return make_api_key(owner=cast.owner, name="nightly import", scopes=[Scope.JOBS_WRITE])[0]


def try_to_hold(owner, reference, key=None, *, amount=1):
    """The code of the refusal, or nothing."""
    try:
        with transaction.atomic():
            hold_credits(
                owner_id=owner.pk, amounts={reference: amount}, label="cinematic", key_id=key and key.pk
            )
    except Refused as refused:
        return refused.code
    return ""


def start_from_all_threads(owner, *keys):
    """Sixteen threads start ten jobs each, with the keys in turn. Returns what became of each job."""

    def submit(thread):
        key = keys[thread % len(keys)] if keys else None
        return [try_to_hold(owner, f"job:{thread}-{number}", key) for number in range(EACH)]

    answers = together(*[lambda thread=thread: submit(thread) for thread in range(THREADS)])
    return [each for answer in answers for each in answer]


def test_a_persons_cap_is_never_exceeded(cast, account):
    set_caps(cast.owner, CAP, {})
    answers = start_from_all_threads(cast.owner)
    assert (answers.count(""), answers.count("spend_cap")) == (CAP, THREADS * EACH - CAP)
    account.refresh_from_db()
    assert (account.period_credits, account.available, find_drift()) == (CAP, 50 - CAP, [])


def test_a_keys_cap_is_never_exceeded(cast, key):
    set_caps(cast.owner, None, {key.pk: CAP})
    answers = start_from_all_threads(cast.owner, key)
    assert (answers.count(""), answers.count("spend_cap")) == (CAP, THREADS * EACH - CAP)
    assert (KeyCap.objects.get().used, Hold.objects.count(), find_drift()) == (CAP, CAP, [])


def test_what_another_key_and_the_person_start_leaves_a_keys_cap_alone(cast, key):
    other = make_api_key(owner=cast.owner, name="other", scopes=[Scope.JOBS_WRITE])[0]
    CreditAccount.objects.filter(owner=cast.owner).update(available=500, granted=500)
    set_caps(cast.owner, None, {key.pk: CAP, other.pk: 7})
    start_from_all_threads(cast.owner, key, other)
    assert dict(KeyCap.objects.values_list("key_id", "used")) == {key.pk: CAP, other.pk: 7}


def test_twin_that_looks_at_a_persons_cap_first_goes_beyond_it(cast, account):
    CreditAccount.objects.update(spend_cap=1)
    barrier = Barrier(2)

    @transaction.atomic
    def look_then_write():
        seen = CreditAccount.objects.get(owner=cast.owner)
        barrier.wait(PATIENCE)
        if seen.period_credits + 1 > seen.spend_cap:
            return 0
        return CreditAccount.objects.filter(pk=seen.pk).update(period_credits=seen.period_credits + 1)

    assert together(look_then_write, look_then_write) == [1, 1]


def test_twin_that_looks_at_a_keys_cap_first_goes_beyond_it(cast, key):
    set_caps(cast.owner, None, {key.pk: 1})
    barrier = Barrier(2)

    @transaction.atomic
    def look_then_write():
        seen = KeyCap.objects.get(key=key)
        barrier.wait(PATIENCE)
        if seen.used + 1 > seen.credits:
            return 0
        return KeyCap.objects.filter(pk=key.pk).update(used=seen.used + 1)

    assert together(look_then_write, look_then_write) == [1, 1]


@pytest.mark.parametrize("turn", range(5))
def test_a_cap_that_is_set_while_jobs_start_and_end_counts_them_all(cast, key, turn):
    def start_and_end():
        for number in range(10):
            reference = f"job:{number}"
            assert try_to_hold(cast.owner, reference, key) == ""
            if number % 2:
                with transaction.atomic():
                    assert release(reference)

    def cap():
        for _ in range(10):
            set_caps(cast.owner, None, {key.pk: 40})
            set_caps(cast.owner, None, {key.pk: None})
        set_caps(cast.owner, None, {key.pk: 40})

    together(start_and_end, cap)
    assert (KeyCap.objects.get().used, find_drift()) == (5, [])
