import pytest

from billing.ledger import (
    adjust,
    bring_all_up_to_date,
    find_drift,
    give_back,
    grant,
    hold_credits,
    release,
    settle,
    take_back,
)
from billing.models import CreditAccount, CreditBucket, LedgerEntry
from creator.lib.errors import Refused
from tests.billing.conftest import DAY

PACK = {"source": "pack", "source_id": "cs_1"}
REFUND = {"source": "refund", "source_id": "re_1", "from_source": "pack", "from_source_id": "cs_1"}
WON = {
    "source": "dispute_won",
    "source_id": "dp_1",
    "from_source": "refund",
    "from_source_id": "re_1",
    "granted_by": (PACK["source"], PACK["source_id"]),
}


@pytest.fixture
def bought(day, cast, account):
    """The 50 monthly credits, and a pack of 100 that lasts a year."""
    assert grant(owner_id=cast.owner.pk, amount=100, reason="Bought", expires_at=day(0) + 365 * DAY, **PACK)
    return account


def hold(owner, reference, amount):
    hold_credits(owner_id=owner.pk, amounts={reference: amount}, label="cinematic")


def spend(owner, amount):
    hold(owner, f"job:spent-{amount}", amount)
    assert settle(f"job:spent-{amount}")


def refund(account, amount=100, **names):
    return take_back(account_id=account.pk, amount=amount, reason="Refunded", **REFUND | names)


def numbers(account):
    """Available, debt, granted; and the ledger adds up."""
    assert find_drift() == []
    return CreditAccount.objects.values_list("available", "debt", "granted").get(pk=account.pk)


def entries():
    found = LedgerEntry.objects.filter(kind__in=["take_back", "debt", "repay"]).order_by("pk")
    return list(found.values_list("kind", "amount"))


def test_unspent_credits_go(bought):
    assert refund(bought) is True
    assert (numbers(bought), entries()) == ((50, 0, 50), [("take_back", 100)])


def test_it_is_done_once(bought):
    assert [refund(bought), refund(bought)] == [True, False]
    assert numbers(bought) == (50, 0, 50)


def test_what_was_spent_of_it_is_owed(cast, bought):
    spend(cast.owner, 140)
    assert refund(bought) is True
    assert (numbers(bought), entries()) == ((0, 90, 140), [("take_back", 10), ("debt", 90)])


def test_other_credits_are_taken_before_anything_is_owed(cast, bought):
    adjust(owner_id=cast.owner.pk, amount=30, source="staff", source_id="1", reason="A bad day")
    spend(cast.owner, 140)
    assert refund(bought) is True
    assert (numbers(bought), entries()) == ((0, 60, 140), [("take_back", 40), ("debt", 60)])


def test_what_running_jobs_hold_is_owed_and_repaid_when_they_fail(cast, bought):
    hold(cast.owner, "job:1", 140)
    refund(bought)
    assert numbers(bought) == (0, 90, 140)
    release("job:1")
    assert (numbers(bought), entries()[2:]) == ((50, 0, 50), [("repay", 90)])


def test_what_expired_of_it_is_not_owed(cast, bought, day):
    spend(cast.owner, 90)
    day(366)
    refund(bought)
    assert (numbers(bought), entries()) == ((0, 40, 150), [("take_back", 0), ("debt", 40)])


def test_what_expired_of_it_is_left_out_once(cast, bought, day):
    spend(cast.owner, 90)
    day(366)
    for number in range(4):
        assert refund(bought, 25, source_id=f"re_{number}") is True
    assert numbers(bought) == (0, 40, 150)


def test_debt_stops_new_jobs_even_free_ones_and_no_running_ones(cast, bought):
    hold(cast.owner, "job:1", 10)
    spend(cast.owner, 140)
    refund(bought)
    with pytest.raises(Refused) as refused:
        hold(cast.owner, "job:free", 0)
    assert (refused.value.code, refused.value.status) == ("payment_due", 402)
    assert refused.value.details == {"debt": 100}
    assert refused.value.message.startswith(
        "You owe 100 credits: they were spent, and their payment was returned afterwards. New jobs start when they are "
        "paid back, and new credits do that first. Your next 50 credits come on "
    )
    assert settle("job:1") is True


def test_incoming_credits_repay_debt_first(cast, bought, day):
    spend(cast.owner, 140)
    refund(bought)
    day(32)
    assert bring_all_up_to_date() == 1
    assert (numbers(bought)[:2], entries()[2:]) == ((0, 40), [("repay", 50)])
    grant(owner_id=cast.owner.pk, amount=100, source="pack", source_id="cs_2", reason="Bought")
    assert numbers(bought)[:2] == (60, 0)
    hold(cast.owner, "job:1", 60)


def test_credits_given_by_staff_repay_debt_too(cast, bought):
    spend(cast.owner, 140)
    refund(bought)
    adjust(owner_id=cast.owner.pk, amount=90, source="staff", source_id="1", reason="Forgiven")
    assert numbers(bought) == (0, 0, 140)


def test_two_refunds_of_parts_take_no_more_than_was_granted(cast, bought):
    spend(cast.owner, 120)
    assert refund(bought, 40, source_id="re_1") is True
    assert refund(bought, 60, source_id="re_2") is True
    assert numbers(bought) == (0, 70, 120)
    assert refund(bought, 500, source_id="re_3") is True
    assert numbers(bought) == (0, 70, 120)


def test_a_dispute_that_is_won_gives_back_what_was_taken(cast, bought):
    spend(cast.owner, 140)
    refund(bought)
    assert give_back(account_id=bought.pk, reason="Dispute won", **WON) is True
    assert give_back(account_id=bought.pk, reason="Dispute won", **WON) is False
    assert (numbers(bought), entries()[2:]) == ((10, 0, 150), [("repay", 90)])


def test_a_refund_that_failed_and_is_made_again_takes_the_credits_again(cast, bought):
    spend(cast.owner, 120)
    refund(bought)
    give_back(account_id=bought.pk, reason="The refund failed", **WON)
    assert numbers(bought) == (30, 0, 150)
    assert refund(bought, source_id="re_2") is True
    assert numbers(bought) == (0, 70, 120)


def test_what_is_given_back_expires_when_it_would_have(bought, day):
    refund(bought)
    give_back(account_id=bought.pk, reason="Dispute won", **WON)
    bucket = CreditBucket.objects.get(entry__source="dispute_won")
    assert (bucket.left, bucket.expires_at) == (100, day(365))


def test_what_is_given_back_late_lasts_some_days(bought, day):
    refund(bought)
    day(500)
    give_back(account_id=bought.pk, reason="Dispute won", **WON)
    assert CreditBucket.objects.get(entry__source="dispute_won").expires_at == day(503)


def test_nothing_is_taken_back_that_was_never_granted_and_nothing_given_back_that_was_not_taken(bought):
    assert refund(bought, from_source_id="cs_unknown") is False
    assert give_back(account_id=bought.pk, reason="Dispute won", **WON) is False
    assert numbers(bought) == (150, 0, 150)


def test_what_expires_while_nothing_is_taken_back_has_expired(cast, bought, day):
    refund(bought, 10)
    day(366)
    assert refund(bought, 10) is False
    assert numbers(bought) == (0, 0, 140)


def test_what_expires_while_an_adjustment_is_refused_has_expired(cast, bought, day):
    day(366)
    with pytest.raises(Refused):
        adjust(owner_id=cast.owner.pk, amount=-1, source="staff", source_id="1", reason="Counted twice")
    assert numbers(bought) == (0, 0, 150)


def test_a_take_back_does_not_give(bought):
    with pytest.raises(ValueError, match="negative"):
        refund(bought, -1)
