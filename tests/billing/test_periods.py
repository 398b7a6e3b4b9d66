from dataclasses import replace
from datetime import UTC, datetime

import pytest
from django.utils import timezone

from accounts.models import User
from billing.ledger import (
    bring_all_up_to_date,
    end_period,
    find_drift,
    hold_credits,
    open_credit_account,
    release,
    settle,
    start_period,
)
from billing.models import CreditAccount, Hold, LedgerEntry, Plan
from billing.plans import change_plan
from creator.lib.errors import Refused
from tests.billing.conftest import balances


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
def go(time_machine):
    """Moves the clock to a day."""
    return lambda text: time_machine.move_to(at(text), tick=False)


@pytest.fixture
def owner(db, go):
    """A person who signed up on the last day of January."""
    go("2028-01-31T10:00")
    return User.objects.create_user("someone@example.org")


def hold(owner, reference, amount=1):
    hold_credits(owner_id=owner.pk, amounts={reference: amount}, label="cinematic")


def monthly():
    """The monthly grants: the day each is named after, and its credits."""
    found = LedgerEntry.objects.filter(source="monthly").order_by("pk").values_list("source_id", "amount")
    return [(source_id.partition(":")[2], amount) for source_id, amount in found]


def counters(owner):
    account = CreditAccount.objects.get(owner=owner)
    return account.period_starts_at, account.period_ends_at, account.period_jobs, account.period_credits


def test_free_credits_come_each_month_from_sign_up_and_last_a_month(owner, go):
    for number, day in enumerate(
        ["2028-01-31T10:00", "2028-02-29T10:00", "2028-03-31T10:00", "2028-04-30T10:00"]
    ):
        go(day)
        hold(owner, f"job:{number}", 20)
        assert settle(f"job:{number}")
    assert monthly() == [("2028-01-31", 50), ("2028-02-29", 50), ("2028-03-31", 50), ("2028-04-30", 50)]
    account = CreditAccount.objects.get(owner=owner)
    assert (balances(owner), account.expired, account.granted) == ((30, 0, 80), 90, 200)
    assert find_drift() == []


@pytest.mark.parametrize("day", ["2028-01-31T10:00", "2028-02-15", "2028-02-29T09:59:59.999999"])
def test_within_a_month_nothing_comes_again(owner, go, day):
    open_credit_account(owner)
    go(day)
    hold(owner, "job:1")
    assert (bring_all_up_to_date(), monthly()) == (0, [("2028-01-31", 50)])


def test_whatever_starts_a_month_first_its_credits_come_once(owner, go):
    open_credit_account(owner)
    go("2028-03-01")
    assert (bring_all_up_to_date(), bring_all_up_to_date()) == (1, 0)
    hold(owner, "job:1")
    CreditAccount.objects.update(
        period_ends_at=timezone.now()
    )  # as if the month's beginning had been forgotten
    hold(owner, "job:2")
    assert monthly() == [("2028-01-31", 50), ("2028-02-29", 50)]


def test_months_in_which_nobody_looked_are_left_out(owner, go):
    open_credit_account(owner)
    go("2029-02-27")
    assert bring_all_up_to_date() == 1
    assert (monthly(), balances(owner)) == ([("2028-01-31", 50), ("2029-01-31", 50)], (50, 0, 0))
    assert counters(owner)[:2] == (at("2029-01-31T10:00"), at("2029-02-28T10:00"))


def test_an_account_of_someone_who_signed_up_long_ago_begins_in_the_present_month(owner, go):
    go("2030-06-15")
    open_credit_account(owner)
    assert (monthly(), counters(owner)[:2]) == (
        [("2030-05-31", 50)],
        (at("2030-05-31T10:00"), at("2030-06-30T10:00")),
    )


def test_an_account_from_before_there_were_periods_begins_one_when_it_is_used(owner, go):
    account = open_credit_account(owner)
    CreditAccount.objects.update(period_number=0, period_starts_at=None, period_ends_at=None)
    go("2028-03-05")
    hold(owner, "job:1")
    account.refresh_from_db()
    assert (account.period_number, account.period_jobs, monthly()[1:]) == (1, 1, [("2028-02-29", 50)])


def test_a_hold_from_before_there_were_periods_is_given_back_to_none(owner):
    hold(owner, "job:1", 5)
    Hold.objects.update(period_number=0)
    CreditAccount.objects.update(
        period_number=0, period_starts_at=None, period_ends_at=None, period_jobs=0, period_credits=0
    )
    assert find_drift() == []
    assert release("job:1") is True
    assert (balances(owner), find_drift()) == ((50, 0, 0), [])


def test_a_paid_period_counts_from_zero_and_brings_no_credits_itself(owner, go):
    hold(owner, "job:1", 5)
    change_plan(owner, "creator")
    start_period(CreditAccount.objects.get(owner=owner).pk, at("2028-01-31T10:00:01"), at("2028-02-29"))
    assert counters(owner) == (at("2028-01-31T10:00:01"), at("2028-02-29"), 0, 0)
    assert (monthly(), balances(owner)) == ([("2028-01-31", 50)], (45, 5, 0))


def test_a_paid_period_that_is_told_again_keeps_its_counts_and_takes_the_new_end(owner, go):
    account_id = open_credit_account(owner).pk
    change_plan(owner, "creator")
    for end in ("2028-02-28", "2028-02-28", "2028-02-29"):
        start_period(account_id, at("2028-01-31T09:00"), at(end))
        hold(owner, f"job:{end}-{LedgerEntry.objects.count()}", 2)
    assert counters(owner) == (at("2028-01-31T09:00"), at("2028-02-29"), 3, 6)


def test_a_period_that_is_over_is_not_started_again(owner, go):
    account_id = open_credit_account(owner).pk
    start_period(account_id, at("2027-12-01"), at("2028-01-01"))
    assert counters(owner)[0] == at("2028-01-31T10:00")


def test_a_renewal_that_comes_late_keeps_the_counts_of_its_period(owner, go):
    """The payment's news come an hour late: until then a month without credits stands in for the new period."""
    account_id = open_credit_account(owner).pk
    change_plan(owner, "creator")
    start_period(account_id, at("2028-01-31T09:00"), at("2028-02-29T09:00"))
    go("2028-02-29T09:30")
    hold(owner, "job:1", 4)
    start_period(account_id, at("2028-01-31T09:00"), at("2028-02-29T09:00"))  # Stripe itself was late
    start_period(account_id, at("2028-02-29T09:00"), at("2028-03-31T09:00"))
    assert counters(owner) == (at("2028-02-29T09:00"), at("2028-03-31T09:00"), 1, 4)
    assert monthly() == [("2028-01-31", 50)]


def test_after_a_paid_plan_the_month_from_sign_up_goes_on_and_its_credits_come_once(owner, go):
    account_id = open_credit_account(owner).pk
    change_plan(owner, "creator")
    start_period(account_id, at("2028-02-10"), at("2028-03-10"))
    go("2028-02-20")
    hold(owner, "job:1")
    change_plan(owner, "free")
    hold(owner, "job:2")
    assert counters(owner) == (at("2028-01-31T10:00"), at("2028-02-29T10:00"), 1, 1)
    assert monthly() == [("2028-01-31", 50)]


def test_a_plan_that_staff_give_brings_its_credits_each_month_from_sign_up(owner, go):
    hold(owner, "job:1")
    go("2028-02-10")
    for slug in ("creator", "free", "creator"):
        change_plan(owner, slug)
        hold(owner, f"job:{slug}-{LedgerEntry.objects.count()}")
    assert monthly() == [("2028-01-31", 50), ("2028-01-31:creator", 1000)]
    assert counters(owner) == (at("2028-01-31T10:00"), at("2028-02-29T10:00"), 1, 1)
    go("2028-02-29T10:00")
    assert bring_all_up_to_date() == 1
    assert (monthly()[2:], balances(owner)[0]) == ([("2028-02-29:creator", 1000)], 1000)


def test_a_subscription_that_we_learn_of_late_brings_no_monthly_credits(owner, go):
    account_id = open_credit_account(owner).pk
    go("2028-04-10")
    change_plan(owner, "creator")
    start_period(account_id, at("2028-02-10"), at("2028-03-10"))
    hold(owner, "job:1", 0)
    assert monthly() == [("2028-01-31", 50)]


def test_a_period_ended_twice_ends_at_the_first_time(owner, go):
    account_id = open_credit_account(owner).pk
    for day in ("2028-02-10", "2028-02-12"):
        go(day)
        end_period(account_id)
    assert counters(owner)[1] == at("2028-02-10")


def test_jobs_of_a_month_are_limited_by_the_plan_and_failed_ones_given_back(owner, go):
    Plan.objects.filter(slug="free").update(jobs_per_period=3)
    for number in range(3):
        hold(owner, f"job:{number}", 0)
    with pytest.raises(Refused) as refused:
        hold(owner, "job:3", 0)
    assert (refused.value.code, refused.value.status) == ("quota_exceeded", 429)
    assert refused.value.message == (
        "The Free plan starts 3 jobs in a month, and you have started 3. Start more from 29 February 2028 UTC on. "
        "Ask the people who run this site for a larger plan."
    )
    assert refused.value.details == {"limit": 3, "used": 3, "resets_at": "2028-02-29T10:00:00+00:00"}
    assert release("job:1") is True
    hold(owner, "job:3", 0)
    go("2028-02-29T10:00")
    hold(owner, "job:4", 0)
    assert counters(owner)[2] == 1


def test_a_job_of_an_earlier_month_is_not_given_back_to_the_present_one(owner, go):
    hold(owner, "job:1", 5)
    go("2028-03-01")
    hold(owner, "job:2", 7)
    assert release("job:1") is True
    assert (counters(owner)[2:], find_drift()) == ((1, 7), [])


def test_a_cap_limits_what_is_held_in_a_period(owner, go):
    open_credit_account(owner)
    CreditAccount.objects.update(spend_cap=10)
    hold(owner, "job:1", 6)
    with pytest.raises(Refused) as refused:
        hold(owner, "job:2", 5)
    assert (refused.value.code, refused.value.status) == ("spend_cap", 402)
    assert refused.value.message == (
        "You allow yourself 10 credits until 29 February 2028 UTC. 6 are used, and this needs 5. "
        "Raise the cap on the page “Spend caps”, or go on after that day."
    )
    assert release("job:1") is True
    hold(owner, "job:2", 10)
    go("2028-02-29T10:00")
    hold(owner, "job:3", 10)
    assert (counters(owner)[2:], find_drift()) == ((1, 10), [])


def test_a_blocked_account_starts_nothing_from_then_on(owner, go):
    open_credit_account(owner)
    CreditAccount.objects.update(blocked_from=at("2028-02-05"))
    hold(owner, "job:1")
    go("2028-02-05")
    with pytest.raises(Refused) as refused:
        hold(owner, "job:2", 0)
    assert (refused.value.code, refused.value.status) == ("payment_due", 402)
    assert settle("job:1") is True
    CreditAccount.objects.update(blocked_from=None)
    hold(owner, "job:2", 0)


def test_who_has_too_few_credits_is_told_when_the_next_come(owner, go):
    with pytest.raises(Refused) as refused:
        hold_credits(owner_id=owner.pk, amounts={"job:1": 30, "job:2": 30}, label="cinematic")
    assert refused.value.message == (
        "This needs 60 credits and you have 50. Make only 1 of these 2 pictures now. "
        "Your next 50 credits come on 29 February 2028 UTC."
    )


def test_where_credits_are_sold_they_are_told_that_too(owner, go, settings):
    settings.CONFIG = replace(settings.CONFIG, stripe="fake")
    with pytest.raises(Refused, match=r"You get more credits on the pricing page\. Your next") as refused:
        hold(owner, "job:1", 60)
    assert refused.value.facts["pricing"] == "/pricing/"
