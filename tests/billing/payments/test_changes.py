"""Changes of a subscription: upward at once and charged once, downward with the next period, ends, and taking back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from billing.models import Customer, Plan, StripeRequest, Subscription
from billing.payments.changes import (
    cancel_subscription,
    change_subscription,
    preview_change,
    resume_subscription,
)
from billing.payments.prices import put_on_sale
from billing.stripe_fake import ASKS_ALWAYS, DECLINED, Fault, people
from creator.lib.errors import Refused
from tests.billing.payments.buying import Buyer, after, client_of, plan


@pytest.fixture
def buyer(cast, world) -> Buyer:
    return Buyer(cast.owner, world)


@pytest.fixture
def creator(buyer) -> Buyer:
    """A person who has subscribed to the plan Creator."""
    buyer.subscribe("creator")
    return buyer


@pytest.fixture
def studio(buyer) -> Buyer:
    """A person who has subscribed to the plan Studio."""
    buyer.subscribe("studio")
    return buyer


def refused(call, *given) -> Refused:
    with pytest.raises(Refused) as refusal:
        call(*given)
    return refusal.value


def theirs(buyer):
    return buyer.subscriptions()[-1]


def paid(buyer) -> list[int]:
    """Cents of each paid invoice, oldest first."""
    return [row["amount_paid"] for row in buyer.world.all("invoice") if row["status"] == "paid"]


class TestUpward:
    def test_the_plan_changes_at_once_and_costs_what_was_shown(self, creator):
        cost = preview_change(creator.user, plan("studio"))
        change = change_subscription(creator.user, plan("studio"), cost.at)
        assert (creator.price(), change.url) == ("studio", None)
        assert paid(creator) == [1900, cost.due_cents]
        assert 7900 <= cost.due_cents <= 8000

    def test_looking_at_the_price_changes_nothing(self, creator):
        before = len(creator.world.events)
        preview_change(creator.user, plan("studio"))
        assert (creator.price(), len(creator.world.events)) == ("creator", before)

    def test_it_is_charged_once_however_often_it_is_clicked(self, creator):
        cost = preview_change(creator.user, plan("studio"))
        for _ in range(3):
            change_subscription(creator.user, plan("studio"), cost.at)
        assert (len(paid(creator)), creator.requests("change_plan")) == (2, ["done"] * 3)

    def test_an_old_price_is_not_charged(self, creator):
        old = timezone.now() - timedelta(hours=1)
        refusal = refused(change_subscription, creator.user, plan("studio"), old)
        assert (refusal.code, "more than an hour ago" in refusal.message) == ("invalid_parameters", True)
        ahead = timezone.now() + timedelta(minutes=1)
        assert refused(change_subscription, creator.user, plan("studio"), ahead).code == "invalid_parameters"
        assert creator.price() == "creator"

    def test_a_bank_that_asks_leaves_the_plan_until_it_is_answered(self, creator):
        people.change_card(creator.world, creator.customer.customer_id, ASKS_ALWAYS)
        change = change_subscription(creator.user, plan("studio"))
        [invoice] = [row for row in creator.world.all("invoice") if row["status"] == "open"]
        assert (creator.price(), change.url) == ("creator", invoice["hosted_invoice_url"])
        assert change_subscription(creator.user, plan("studio")).url == change.url
        people.confirm_invoice(creator.world, invoice["id"])
        assert (creator.price(), len(paid(creator))) == ("studio", 2)

    def test_so_does_a_card_that_is_declined(self, creator):
        people.change_card(creator.world, creator.customer.customer_id, DECLINED)
        change = change_subscription(creator.user, plan("studio"))
        assert (creator.price(), theirs(creator)["status"], change.url is None) == (
            "creator",
            "active",
            False,
        )

    def test_in_a_trial_it_ends_the_trial_and_costs_a_whole_period(self, buyer):
        buyer.subscribe("creator", has_trial=True)
        cost = preview_change(buyer.user, plan("studio"))
        change_subscription(buyer.user, plan("studio"), cost.at)
        assert (cost.due_cents, buyer.price(), theirs(buyer)["status"]) == (9900, "studio", "active")
        assert paid(buyer)[-1] == 9900

    def test_a_planned_downward_change_has_to_be_taken_back_first(self, studio):
        Plan.objects.create(**vars_of(plan("studio"), slug="agency", price_cents=19_900, price_id="price_1"))
        change_subscription(studio.user, plan("creator"))
        studio.look()
        refusal = refused(change_subscription, studio.user, plan("agency"))
        assert (refusal.code, "Your plan changes to Creator on" in refusal.message) == ("too_late", True)


def vars_of(row: Plan, **changes) -> dict:
    return {field.name: getattr(row, field.name) for field in row._meta.concrete_fields} | changes


class TestDownward:
    def test_the_plan_changes_with_the_next_period_and_costs_nothing_now(self, studio):
        cost = preview_change(studio.user, plan("creator"))
        change = change_subscription(studio.user, plan("creator"), cost.at)
        row = studio.look()
        assert (cost.due_cents, cost.starts_at, change.starts_at) == (
            0,
            row.period_ends_at,
            row.period_ends_at,
        )
        assert (studio.price(), row.plan_id, row.next_plan_id) == ("studio", "studio", "creator")
        after(studio.world, days=32)
        assert (studio.price(), paid(studio)) == ("creator", [9900, 1900])

    def test_clicking_twice_plans_one_change(self, studio):
        for _ in range(2):
            change_subscription(studio.user, plan("creator"))
        [schedule] = studio.world.all("subscription_schedule")
        assert len(schedule["phases"]) == 2

    def test_it_can_be_taken_back(self, studio):
        change_subscription(studio.user, plan("creator"))
        studio.look()
        resume_subscription(studio.user)
        assert studio.look().next_plan is None
        after(studio.world, days=32)
        assert (studio.price(), paid(studio)) == ("studio", [9900, 9900])

    def test_it_can_be_planned_again_after_an_answer_that_was_lost(self, studio):
        studio.world.faults.add(Fault("lost_after", "/v1/subscription_schedules/", method="POST"))
        assert refused(change_subscription, studio.user, plan("creator")).code == "payments_away"
        resume_subscription(studio.user)
        assert studio.look().next_plan is None
        change_subscription(studio.user, plan("creator"))
        assert studio.look().next_plan == plan("creator")

    def test_a_second_one_replaces_the_first(self, studio):
        Plan.objects.create(**vars_of(plan("creator"), slug="small", price_cents=900, price_id=""))
        put_on_sale(client_of(studio.world))
        change_subscription(studio.user, plan("creator"))
        studio.look()
        change_subscription(studio.user, plan("small"))
        assert studio.look().next_plan_id == "small"
        after(studio.world, days=32)
        assert studio.price() == "small"

    def test_in_a_trial_it_waits_for_the_end_of_the_trial(self, buyer):
        buyer.subscribe("studio", has_trial=True)
        change_subscription(buyer.user, plan("creator"))
        assert (buyer.price(), theirs(buyer)["status"]) == ("studio", "trialing")
        after(buyer.world, days=15)
        assert (buyer.price(), theirs(buyer)["status"], paid(buyer)[-1]) == ("creator", "active", 1900)

    def test_to_the_free_plan_it_is_an_end(self, creator):
        end = creator.look().period_ends_at
        assert change_subscription(creator.user, plan("free")).starts_at == end
        assert theirs(creator)["cancel_at_period_end"] is True


class TestEnding:
    def test_it_ends_with_the_period(self, creator):
        end = creator.look().period_ends_at
        assert cancel_subscription(creator.user) == end
        assert (theirs(creator)["status"], creator.look().ends_at) == ("active", end)
        after(creator.world, days=32)
        assert theirs(creator)["status"] == "canceled"

    def test_it_can_be_taken_back_until_then(self, creator):
        cancel_subscription(creator.user)
        creator.look()
        resume_subscription(creator.user)
        after(creator.world, days=32)
        assert (theirs(creator)["status"], creator.look().ends_at) == ("active", None)

    def test_both_may_be_clicked_again(self, creator):
        for _ in range(2):
            cancel_subscription(creator.user)
        for _ in range(2):
            resume_subscription(creator.user)
        assert theirs(creator)["cancel_at_period_end"] is False

    def test_back_and_forth_within_a_day_the_last_click_counts(self, creator):
        for _ in range(3):
            cancel_subscription(creator.user)
            resume_subscription(creator.user)
        cancel_subscription(creator.user)
        assert theirs(creator)["cancel_at_period_end"] is True

    def test_back_and_forth_after_an_answer_that_was_lost_too(self, creator):
        creator.world.faults.add(Fault("lost_after", "/v1/subscriptions/", method="POST"))
        assert refused(cancel_subscription, creator.user).code == "payments_away"
        resume_subscription(creator.user)
        cancel_subscription(creator.user)
        assert theirs(creator)["cancel_at_period_end"] is True

    def test_a_planned_change_goes_with_it(self, studio):
        change_subscription(studio.user, plan("creator"))
        studio.look()
        cancel_subscription(studio.user)
        row = studio.look()
        assert (row.next_plan, row.ends_at) == (None, row.period_ends_at)

    def test_also_in_the_month_after_a_planned_change(self, studio):
        change_subscription(studio.user, plan("creator"))
        after(studio.world, days=32)
        studio.look()
        cancel_subscription(studio.user)
        assert theirs(studio)["cancel_at_period_end"] is True

    def test_what_is_not_paid_for_ends_at_once(self, creator):
        people.change_card(creator.world, creator.customer.customer_id, DECLINED)
        after(creator.world, days=32)
        creator.look()
        cancel_subscription(creator.user)
        assert theirs(creator)["status"] == "canceled"

    def test_what_ends_is_kept_before_it_is_changed(self, creator):
        cancel_subscription(creator.user)
        creator.look()
        refusal = refused(change_subscription, creator.user, plan("studio"))
        assert (refusal.code, refusal.message.startswith("Your plan ends on")) == ("too_late", True)


class TestRefusals:
    CALLS = (
        lambda user: change_subscription(user, plan("studio")),
        lambda user: preview_change(user, plan("studio")),
        cancel_subscription,
        resume_subscription,
    )

    @pytest.mark.parametrize("call", CALLS, ids=["change", "preview", "cancel", "resume"])
    def test_without_a_subscription_there_is_nothing_to_change(self, buyer, call):
        assert (
            refused(call, buyer.user).message
            == "You have no subscription. Choose a plan on the pricing page."
        )
        assert StripeRequest.objects.count() == 0

    @pytest.mark.parametrize("call", CALLS, ids=["change", "preview", "cancel", "resume"])
    def test_one_that_has_ended_unheard_is_looked_at(self, creator, call):
        Customer.objects.update(wanted_at=None)
        creator.world.handle("DELETE", f"/v1/subscriptions/{theirs(creator)['id']}")
        refusal = refused(call, creator.user)
        assert (refusal.code, "has changed meanwhile" in refusal.message) == ("too_late", True)
        if call is not self.CALLS[1]:
            assert Customer.objects.get().wanted_at is not None

    def test_the_same_plan_is_no_change(self, creator):
        assert (
            refused(change_subscription, creator.user, plan("creator")).message
            == "You already have the plan Creator."
        )

    def test_a_plan_that_is_not_for_sale_is_refused(self, creator):
        Plan.objects.filter(slug="studio").update(is_offered=False)
        assert refused(change_subscription, creator.user, plan("studio")).code == "not_found"

    def test_an_unpaid_period_is_paid_first(self, creator):
        people.change_card(creator.world, creator.customer.customer_id, DECLINED)
        after(creator.world, days=32)
        creator.look()
        refusal = refused(change_subscription, creator.user, plan("studio"))
        assert (refusal.code, refusal.message.startswith("Your last payment failed.")) == (
            "payment_due",
            True,
        )

    def test_each_change_has_the_customer_looked_at(self, creator):
        for call in (cancel_subscription, resume_subscription):
            Customer.objects.update(wanted_at=None)
            call(creator.user)
            assert Customer.objects.get().wanted_at is not None
            assert Subscription.objects.get().ends_at is None  # rows follow by the look
