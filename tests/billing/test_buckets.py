import pytest

from billing.ledger import adjust, bring_all_up_to_date, find_drift, grant, hold_credits, release, settle
from billing.models import CreditAccount, CreditBucket, Draw, LedgerEntry
from creator.lib.errors import Refused
from tests.billing.conftest import DAY, balances


@pytest.fixture
def filled(day, cast, account):
    """Besides the monthly 50 credits: 20 that expire after 5 days, 30 after 100 days, and 10 that never do."""
    for source_id, amount, days in (("later", 30, 100), ("soon", 20, 5), ("never", 10, None)):
        give(cast.owner, source_id, amount, day(0) + days * DAY if days else None)
    return account


def give(owner, source_id, amount, expires_at):
    named = {"source": "pack", "source_id": source_id, "reason": "Bought"}
    assert grant(owner_id=owner.pk, amount=amount, expires_at=expires_at, **named)


def hold(owner, reference, amount):
    hold_credits(owner_id=owner.pk, amounts={reference: amount}, label="cinematic")


def left(account):
    names = CreditBucket.objects.filter(account=account).values_list(
        "entry__source_id", "entry__source", "left"
    )
    return {source_id if source == "pack" else source: credits for source_id, source, credits in names}


def test_credits_that_expire_soonest_are_used_first(cast, filled):
    hold(cast.owner, "job:1", 25)
    assert left(filled) == {"soon": 0, "monthly": 45, "later": 30, "never": 10}
    hold(cast.owner, "job:2", 80)
    assert left(filled) == {"soon": 0, "monthly": 0, "later": 0, "never": 5}
    drawn = Draw.objects.filter(entry__hold__reference="job:2").order_by("pk")
    assert list(drawn.values_list("bucket__entry__source_id", "amount"))[1:] == [("later", 30), ("never", 5)]
    assert find_drift() == []


def test_jobs_of_a_batch_share_a_bucket_and_split_another(cast, filled):
    amounts = {f"job:{number}": 9 for number in range(4)}
    hold_credits(owner_id=cast.owner.pk, amounts=amounts, label="cinematic")
    draws = Draw.objects.order_by("pk").values_list(
        "entry__hold__reference", "bucket__entry__source", "amount"
    )
    assert list(draws) == [
        ("job:0", "pack", 9),
        ("job:1", "pack", 9),
        ("job:2", "pack", 2),
        ("job:2", "monthly", 7),
        ("job:3", "monthly", 9),
    ]


def test_a_release_returns_to_each_bucket_what_it_took(cast, filled):
    hold(cast.owner, "job:1", 80)
    assert release("job:1") is True
    assert left(filled) == {"soon": 20, "monthly": 50, "later": 30, "never": 10}
    assert (balances(cast.owner), find_drift()) == ((110, 0, 0), [])


def test_credits_expire_when_the_account_is_used_after_their_time(cast, filled, day):
    hold(cast.owner, "job:1", 5)
    day(6)
    hold(cast.owner, "job:2", 1)
    filled.refresh_from_db()
    assert (balances(cast.owner), filled.expired) == ((89, 6, 0), 15)
    assert list(LedgerEntry.objects.filter(kind="expire").values_list("amount", flat=True)) == [15]
    assert find_drift() == []


def test_expired_credits_cannot_be_held(cast, filled, day):
    day(6)
    with pytest.raises(Refused) as refused:
        hold(cast.owner, "job:1", 91)
    assert refused.value.details["available"] == 90


def test_the_task_expires_what_is_due_and_nothing_twice(cast, filled, day):
    day(6)
    assert (bring_all_up_to_date(), bring_all_up_to_date()) == (1, 0)
    assert (balances(cast.owner), find_drift()) == ((90, 0, 0), [])


def test_what_a_job_holds_does_not_expire_and_is_spent(cast, filled, day):
    hold(cast.owner, "job:1", 20)
    day(6)
    assert bring_all_up_to_date() == 1
    assert settle("job:1") is True
    assert (balances(cast.owner), find_drift()) == ((90, 0, 20), [])


def test_credits_that_come_back_late_last_three_more_days_and_no_others_do(cast, filled, day):
    hold(cast.owner, "job:1", 8)
    day(6)
    release("job:1")
    assert (balances(cast.owner), find_drift()) == ((98, 0, 0), [])
    assert CreditBucket.objects.get(entry__source_id="soon").expires_at == day(6) + 3 * DAY
    day(8.9)
    assert bring_all_up_to_date() == 0
    day(9)
    assert (bring_all_up_to_date(), balances(cast.owner)) == (1, (90, 0, 0))


def test_jobs_that_are_started_and_cancelled_do_not_keep_credits_for_ever(cast, filled, day):
    for number in range(20):
        day(4 + number)
        hold(cast.owner, f"job:{number}", 1)
        release(f"job:{number}")
    bucket = CreditBucket.objects.get(entry__source_id="soon")
    assert (bucket.left, bucket.expires_at) == (0, day(0) + 19 * DAY)
    assert find_drift() == []


def test_an_adjustment_takes_what_expires_soonest_and_adds_what_never_does(cast, filled):
    by_hand = {"source": "staff", "reason": "Counted twice"}
    adjust(owner_id=cast.owner.pk, amount=-25, source_id="1", **by_hand)
    adjust(owner_id=cast.owner.pk, amount=3, source_id="2", **by_hand)
    assert left(filled) == {"soon": 0, "monthly": 45, "later": 30, "never": 10, "staff": 3}
    assert CreditBucket.objects.get(entry__source="staff").expires_at is None
    assert find_drift() == []


def test_credits_that_come_after_their_expiry_expire(cast, account, day):
    give(cast.owner, "late", 30, day(10) - DAY)
    assert (bring_all_up_to_date(), balances(cast.owner), find_drift()) == (1, (50, 0, 0), [])


def test_expired_credits_of_an_erased_person_expire_and_nothing_new_comes(cast, account, day):
    cast.owner.delete()
    day(40)
    assert (bring_all_up_to_date(), bring_all_up_to_date()) == (1, 0)
    account.refresh_from_db()
    assert (account.available, account.expired, account.granted) == (0, 50, 50)


def test_the_account_knows_when_the_next_credits_expire(cast, filled, day):
    assert CreditAccount.objects.get(pk=filled.pk).next_expiry_at == day(0) + 5 * DAY
