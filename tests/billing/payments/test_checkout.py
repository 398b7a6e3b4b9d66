"""Opening Stripe's pages for a plan or a pack: one page a click, one subscription an account, one trial."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from billing.models import CreditPack, Customer, Plan, StripeRequest, Subscription
from billing.payments.checkout import start_subscription, start_top_up
from billing.payments.offers import has_trial
from billing.stripe_fake import Fault, people
from creator.lib.errors import Refused
from tests.billing.payments.buying import Buyer, pack, plan


@pytest.fixture
def buyer(cast, world) -> Buyer:
    return Buyer(cast.owner, world)


def refused(call, *given) -> Refused:
    with pytest.raises(Refused) as refusal:
        call(*given)
    return refusal.value


class TestSubscribing:
    def test_it_leads_to_stripes_page_for_the_plan(self, buyer):
        url = start_subscription(buyer.user, plan("studio"))
        [session] = buyer.sessions()
        line = buyer.world.find("price", plan("studio").price_id)
        assert (session["url"], session["mode"], session["status"]) == (url, "subscription", "open")
        assert (session["amount_total"], session["currency"]) == (line["unit_amount"], "eur")
        assert session["payment_method_collection"] == "always"

    def test_stripe_learns_the_address_and_no_name(self, buyer):
        start_subscription(buyer.user, plan("studio"))
        [customer] = buyer.world.all("customer")
        request = StripeRequest.objects.get(kind="customer")
        assert (customer["email"], customer["name"]) == (buyer.user.email, None)
        assert customer["metadata"] == {"account": str(buyer.account.pk), "request": str(request.pk)}

    def test_what_stripe_makes_says_whose_it_is_and_what_was_asked(self, buyer):
        start_subscription(buyer.user, plan("studio"))
        request = StripeRequest.objects.get(kind="subscribe")
        told = {"account": str(buyer.account.pk), "request": str(request.pk), "plan": "studio"}
        [session] = buyer.sessions()
        people.pay_checkout(buyer.world, session["id"])
        [subscription] = buyer.subscriptions()
        assert (session["metadata"], subscription["metadata"]) == (told, told)
        assert (request.state, request.object_id) == ("sent", session["id"])

    def test_people_come_back_to_pages_of_ours(self, buyer, settings):
        start_subscription(buyer.user, plan("studio"))
        [session] = buyer.sessions()
        site = settings.SITE_ADDRESS
        assert session["success_url"] == f"{site}/billing/return/?session_id={{CHECKOUT_SESSION_ID}}"
        assert session["cancel_url"] == f"{site}/pricing/"

    def test_another_click_opens_the_same_page(self, buyer):
        urls = {start_subscription(buyer.user, plan("studio")) for _ in range(3)}
        assert (len(urls), len(buyer.sessions()), buyer.requests("subscribe")) == (1, 1, ["sent"])

    def test_another_plan_closes_the_page_of_the_first(self, buyer):
        start_subscription(buyer.user, plan("creator"))
        url = start_subscription(buyer.user, plan("studio"))
        first, second = buyer.sessions()
        assert (first["status"], second["status"], second["url"]) == ("expired", "open", url)
        assert buyer.requests("subscribe") == ["failed", "sent"]

    def test_a_page_that_ran_out_is_followed_by_another(self, buyer):
        first = start_subscription(buyer.user, plan("studio"))
        buyer.world.handle("POST", f"/v1/checkout/sessions/{buyer.sessions()[0]['id']}/expire")
        assert start_subscription(buyer.user, plan("studio")) != first
        assert len(buyer.sessions("open")) == 1

    def test_the_page_can_be_paid_as_long_as_a_click_repeats_it(self, buyer):
        start_subscription(buyer.user, plan("studio"))
        [session] = buyer.sessions()
        created_at = StripeRequest.objects.get(kind="subscribe").created_at
        open_for = session["expires_at"] - created_at.timestamp()
        assert timedelta(hours=23, minutes=30) <= timedelta(seconds=open_for) < timedelta(hours=24)

    def test_what_is_paid_cannot_be_bought_again_before_we_heard_of_it(self, buyer):
        start_subscription(buyer.user, plan("studio"))
        people.pay_checkout(buyer.world, buyer.sessions()[0]["id"])
        for slug in ("creator", "studio"):
            refusal = refused(start_subscription, buyer.user, plan(slug))
            assert (refusal.code, refusal.status) == ("too_late", 409)
            assert refusal.message.startswith("You have just subscribed")
        assert (len(buyer.subscriptions()), len(buyer.sessions("open"))) == (1, 0)

    def test_nor_once_we_heard_of_it(self, buyer):
        buyer.subscribe("creator")
        refusal = refused(start_subscription, buyer.user, plan("studio"))
        assert (refusal.code, "You already have the plan Creator." in refusal.message) == ("too_late", True)
        assert len(buyer.sessions()) == 1

    def test_a_page_paid_in_the_moment_it_is_closed_is_not_bought_twice(self, buyer, monkeypatch):
        start_subscription(buyer.user, plan("creator"))
        [session] = buyer.sessions()
        handle = buyer.world.handle

        def pay_first(method, path, *given, **more):
            if path.endswith("/expire"):
                people.pay_checkout(buyer.world, session["id"])
            return handle(method, path, *given, **more)

        monkeypatch.setattr(buyer.world, "handle", pay_first)
        assert refused(start_subscription, buyer.user, plan("studio")).code == "too_late"
        assert (len(buyer.subscriptions()), len(buyer.sessions())) == (1, 1)

    def test_who_subscribed_and_left_may_subscribe_again(self, buyer):
        buyer.subscribe("creator")
        buyer.world.handle("DELETE", f"/v1/subscriptions/{buyer.subscriptions()[0]['id']}")
        buyer.look()
        start_subscription(buyer.user, plan("studio"))
        assert len(buyer.sessions("open")) == 1

    @pytest.mark.parametrize("change", [{"is_offered": False}, {"price_id": ""}, {"price_cents": 0}])
    def test_a_plan_that_is_not_for_sale_is_refused(self, buyer, change):
        Plan.objects.filter(slug="studio").update(**change)
        refusal = refused(start_subscription, buyer.user, plan("studio"))
        assert (refusal.code, refusal.message) == ("not_found", "Studio is not for sale at the moment.")
        assert (buyer.world.all("customer"), StripeRequest.objects.count()) == ([], 0)

    def test_nor_is_anything_sold_without_a_key(self, buyer, settings):
        settings.CONFIG = replace(settings.CONFIG, stripe_secret_key="")
        assert refused(start_subscription, buyer.user, plan("studio")).code == "not_found"
        assert refused(start_top_up, buyer.user, pack()).code == "not_found"


class TestTrials:
    def trial_of(self, buyer) -> bool:
        start_subscription(buyer.user, plan("creator"))
        people.pay_checkout(buyer.world, buyer.sessions("open")[0]["id"])
        return buyer.subscriptions()[-1]["status"] == "trialing"

    def test_the_first_subscription_begins_with_the_trial_of_its_plan(self, buyer):
        assert (has_trial(buyer.account, plan("creator")), self.trial_of(buyer)) == (True, True)
        [subscription] = buyer.subscriptions()
        assert subscription["trial_end"] - subscription["trial_start"] == 14 * 24 * 3600
        assert buyer.charges() == []

    def test_a_plan_without_a_trial_has_none(self, buyer):
        assert not has_trial(buyer.account, plan("studio"))

    def test_the_second_subscription_has_none(self, buyer):
        buyer.subscribe("studio")
        buyer.world.handle("DELETE", f"/v1/subscriptions/{buyer.subscriptions()[0]['id']}")
        buyer.look()
        assert (has_trial(buyer.account, plan("creator")), self.trial_of(buyer)) == (False, False)

    def test_nor_has_one_that_only_stripe_remembers(self, buyer):
        buyer.subscribe("studio")
        buyer.world.handle("DELETE", f"/v1/subscriptions/{buyer.subscriptions()[0]['id']}")
        Subscription.objects.all().delete()
        assert self.trial_of(buyer) is False

    def test_nor_one_of_a_deleted_customer(self, buyer):
        buyer.subscribe("creator", has_trial=True)
        people.delete_customer(buyer.world, buyer.customer.customer_id)
        Subscription.objects.update(status="ended")
        assert self.trial_of(buyer) is False
        assert len(buyer.world.all("customer")) == 1


class TestTopUps:
    def test_it_leads_to_stripes_page_for_the_pack(self, buyer):
        url = start_top_up(buyer.user, pack())
        [session] = buyer.sessions()
        request = StripeRequest.objects.get(kind="top_up")
        assert (session["url"], session["mode"], session["amount_total"]) == (url, "payment", 1500)
        assert session["metadata"] == {
            "account": str(buyer.account.pk),
            "request": str(request.pk),
            "pack": "credits-500",
            "credits": "500",
            "lasts_days": "365",
        }

    def test_it_has_an_invoice(self, buyer):
        start_top_up(buyer.user, pack())
        people.pay_checkout(buyer.world, buyer.sessions()[0]["id"])
        [invoice] = buyer.world.all("invoice")
        assert (invoice["status"], invoice["total"]) == ("paid", 1500)

    def test_another_click_opens_the_same_page_until_it_is_paid(self, buyer):
        first = {start_top_up(buyer.user, pack()) for _ in range(2)}
        people.pay_checkout(buyer.world, buyer.sessions()[0]["id"])
        second = start_top_up(buyer.user, pack())
        assert (len(first), second in first, buyer.requests("top_up")) == (1, False, ["done", "sent"])

    def test_packs_are_bought_beside_each_other_and_beside_a_plan(self, buyer):
        buyer.subscribe("creator")
        for slug in ("credits-500", "credits-2500"):
            start_top_up(buyer.user, pack(slug))
        assert [row["amount_total"] for row in buyer.sessions("open")] == [1500, 6000]

    def test_a_pack_that_is_not_for_sale_is_refused(self, buyer):
        CreditPack.objects.update(is_offered=False)
        assert (
            refused(start_top_up, buyer.user, pack()).message == "500 credits is not for sale at the moment."
        )

    def test_a_price_edited_between_two_clicks_is_the_new_one(self, buyer):
        buyer.world.faults.add(Fault("500_before", "/v1/checkout/sessions"))
        refused(start_top_up, buyer.user, pack())
        buyer.world.faults.add(Fault("refused", "/v1/checkout/sessions", method="POST"))
        refused(start_top_up, buyer.user, pack())
        CreditPack.objects.update(price_id=CreditPack.objects.get(slug="credits-2500").price_id)
        start_top_up(buyer.user, pack())
        assert [row["amount_total"] for row in buyer.sessions()] == [6000]


class TestCustomers:
    def test_a_deleted_one_is_followed_by_another(self, buyer):
        start_top_up(buyer.user, pack())
        first = buyer.customer
        people.delete_customer(buyer.world, first.customer_id)
        start_top_up(buyer.user, pack("credits-2500"))
        first.refresh_from_db()
        assert first.deleted_at is not None
        assert buyer.customer.customer_id not in ("", first.customer_id)
        assert [row["customer"] for row in buyer.sessions()] == [
            first.customer_id,
            buyer.customer.customer_id,
        ]

    def test_test_and_live_mode_have_one_each(self, buyer, settings):
        start_top_up(buyer.user, pack())
        settings.CONFIG = replace(settings.CONFIG, stripe_secret_key="sk_live_1")
        buyer.world.is_live = True
        start_top_up(buyer.user, pack())
        assert list(
            Customer.objects.order_by("pk").values_list("is_live", flat=True).order_by("is_live")
        ) == [
            False,
            True,
        ]
        assert len({row["customer"] for row in buyer.sessions()}) == 2

    def test_people_do_not_share_one(self, buyer, cast):
        start_top_up(buyer.user, pack())
        start_top_up(cast.other, pack())
        assert len({row["customer"] for row in buyer.sessions()}) == 2
