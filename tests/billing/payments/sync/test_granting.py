"""Which credits follow from what is paid: a table."""

import pytest

from billing.models import Plan
from billing.payments.sync.granting import Grant, grants_of
from billing.payments.sync.reading import read_facts
from tests.billing.payments.sync import objects as stripe
from tests.billing.payments.sync.test_reading import when

PLANS = {
    "price_creator": Plan(slug="creator", title="Creator", credits=1_000, trial_credits=100),
    "price_studio": Plan(slug="studio", title="Studio", credits=10_000),
}
JANUARY = stripe.at("2026-01-01")


def grants(*, now="2026-01-01", subscriptions=(), invoices=(), sessions=()):
    facts = read_facts(stripe.CUSTOMER, subscriptions, invoices, [], sessions)
    return list(grants_of(facts, 7, lambda price_id, subscription: PLANS.get(price_id), when(now)))


def amounts(**said):
    return {each.source_id: each.amount for each in grants(**said)}


def change(starts="2026-01-17", ends="2026-02-01", *, old="price_creator", new="price_studio"):
    """The lines of a change of plan within a period."""
    unused = stripe.line(old, starts, ends, cents=-950, proration=True)
    return unused, stripe.line(new, starts, ends, cents=4_950, proration=True)


def test_a_paid_period_gives_the_plans_credits_until_three_days_after_it():
    assert grants(subscriptions=[stripe.subscription()], invoices=[stripe.invoice()]) == [
        Grant("invoice", f"in_1:{JANUARY}", 1_000, "Credits of the Creator plan", when("2026-02-04"))
    ]


@pytest.mark.parametrize(
    ("now", "expires"),
    [
        ("2026-01-04", "2026-02-04"),  # three days late: the longer of the two
        ("2026-01-22", "2026-02-22"),  # paid at the last try
        ("2026-02-05", "2026-03-08"),  # after the period and its three days
        ("2026-09-01", "2026-10-02"),
    ],
)
def test_credits_of_a_period_that_is_paid_late_last_as_long_as_the_period(now, expires):
    given = grants(now=now, subscriptions=[stripe.subscription()], invoices=[stripe.invoice()])
    assert [each.expires_at for each in given] == [when(expires)]


def test_credits_of_an_upgrade_that_is_paid_late_last_as_long_as_the_rest_of_the_period():
    upgrade = stripe.invoice(*change("2026-01-17"), id="in_2")
    [given] = grants(now="2026-03-01", subscriptions=[stripe.subscription()], invoices=[upgrade])
    assert given.expires_at == when("2026-03-16")


@pytest.mark.parametrize("status", ["draft", "open", "void", "uncollectible"])
def test_an_invoice_that_is_not_paid_gives_nothing(status):
    assert grants(invoices=[stripe.invoice(status=status)]) == []


def test_a_voucher_for_the_whole_amount_gives_as_much():
    free = stripe.line("price_creator", "2026-01-01", "2026-02-01", cents=0)
    assert amounts(invoices=[stripe.invoice(free, total=0)]) == {f"in_1:{JANUARY}": 1_000}


def test_each_period_counts_by_itself():
    february = stripe.invoice(stripe.line("price_creator", "2026-02-01", "2026-03-01"), id="in_2")
    given = amounts(invoices=[february, stripe.invoice()])
    assert given == {f"in_2:{stripe.at('2026-02-01')}": 1_000, f"in_1:{JANUARY}": 1_000}


def test_a_price_of_something_else_gives_nothing():
    assert amounts(invoices=[stripe.invoice(stripe.line("price_mug", "2026-01-01", "2026-02-01"))]) == {}


def test_an_invoice_without_a_subscription_gives_nothing():
    assert amounts(invoices=[stripe.invoice(parent=None)]) == {}


def test_a_trial_gives_its_credits_until_it_ends_and_its_invoice_of_nothing_gives_none():
    trial = stripe.subscription(status="trialing", trial_end=stripe.at("2026-01-15"), ends="2026-01-15")
    nothing = stripe.invoice(stripe.line("price_creator", "2026-01-01", "2026-01-15", cents=0), total=0)
    assert grants(subscriptions=[trial], invoices=[nothing]) == [
        Grant("trial", "7", 100, "Trial of the Creator plan", when("2026-01-15"))
    ]


def test_the_first_paid_period_after_a_trial_gives_the_plans_credits():
    paid = stripe.subscription(trial_end=stripe.at("2026-01-15"), starts="2026-01-15", ends="2026-02-15")
    nothing = stripe.invoice(stripe.line("price_creator", "2026-01-01", "2026-01-15", cents=0), total=0)
    first = stripe.invoice(stripe.line("price_creator", "2026-01-15", "2026-02-15"), id="in_2")
    given = amounts(subscriptions=[paid], invoices=[first, nothing])
    assert given == {f"in_2:{stripe.at('2026-01-15')}": 1_000}


def test_a_trial_that_an_upgrade_ends_gives_the_new_plans_credits_once():
    """The invoice of nothing was for time until the 15th; the upgrade on the 5th ended the trial."""
    paid = stripe.subscription(price="price_studio", trial_end=stripe.at("2026-01-05"), starts="2026-01-05")
    nothing = stripe.invoice(stripe.line("price_creator", "2026-01-01", "2026-01-15", cents=0), total=0)
    lines = (
        stripe.line("price_creator", "2026-01-05", "2026-01-15", cents=0, proration=True),
        stripe.line("price_studio", "2026-01-05", "2026-02-05", cents=9_900),
    )
    given = amounts(subscriptions=[paid], invoices=[stripe.invoice(*lines, id="in_2"), nothing])
    assert given == {f"in_2:{stripe.at('2026-01-05')}": 10_000}


def test_a_plan_without_trial_credits_gives_none():
    trial = stripe.subscription(price="price_studio", status="trialing", trial_end=stripe.at("2026-01-15"))
    assert grants(subscriptions=[trial]) == []


@pytest.mark.parametrize(
    ("day", "more"),
    [
        ("2026-01-01", 9_000),  # at once: the whole difference
        ("2026-01-16T12:00", 4_500),  # half of January is left
        ("2026-01-31", 290),  # one day of 31: 290.3
        ("2026-01-31T23:59:50", 0),  # ten seconds: 0.03
    ],
)
def test_an_upgrade_gives_the_difference_for_the_share_of_the_period_that_is_left(day, more):
    upgrade = stripe.invoice(*change(day), id="in_2")
    given = amounts(subscriptions=[stripe.subscription()], invoices=[upgrade, stripe.invoice()])
    name = f"in_2:{stripe.at(day)}"
    assert given == {f"in_1:{JANUARY}": 1_000} | ({name: more} if more else {})


def test_an_upgrade_that_is_seen_a_period_later_gives_as_much():
    later = stripe.subscription(price="price_studio", starts="2026-02-01", ends="2026-03-01")
    upgrade = stripe.invoice(*change("2026-01-16T12:00"), id="in_2")
    given = amounts(subscriptions=[later], invoices=[upgrade, stripe.invoice()])
    assert given[f"in_2:{stripe.at('2026-01-16T12:00')}"] == 4_500


def test_without_the_periods_own_invoice_a_calendar_month_counts():
    upgrade = stripe.invoice(*change("2026-01-16T12:00"), id="in_2")
    assert amounts(invoices=[upgrade]) == {f"in_2:{stripe.at('2026-01-16T12:00')}": 4_500}


def test_two_upgrades_in_one_period_count_each():
    first = stripe.invoice(*change("2026-01-16T12:00"), id="in_2")
    second = stripe.invoice(*change("2026-01-20"), id="in_3")
    assert len(amounts(invoices=[second, first, stripe.invoice()])) == 3


def test_a_downgrade_within_a_period_takes_nothing_and_gives_nothing():
    lines = change(old="price_studio", new="price_creator")
    assert amounts(invoices=[stripe.invoice(*lines)]) == {}


@pytest.mark.parametrize(
    ("now", "expires"), [("2026-01-05", "2027-01-05"), ("2027-02-01", "2028-02-01")], ids=["at once", "late"]
)
def test_a_pack_gives_what_was_sold_for_as_many_days_as_was_sold(now, expires):
    assert grants(now=now, sessions=[stripe.session()]) == [
        Grant("pack", "cs_1", 500, "Credits bought", when(expires))
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"payment_status": "unpaid"},
        {"status": "open"},
        {"mode": "subscription"},
        {"metadata": {}},
        {"metadata": None},
    ],
    ids=["not paid yet", "open", "of a subscription", "not ours", "without words"],
)
def test_other_checkouts_give_nothing(changes):
    assert grants(sessions=[stripe.session(**changes)]) == []
