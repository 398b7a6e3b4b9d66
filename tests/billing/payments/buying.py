"""What tests of buying share: a person with plans and packs, and what Stripe has of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone
from stripe import StripeClient

from accounts.models import User
from billing.enums import SubscriptionStatus
from billing.models import CreditPack, Plan, StripeRequest, Subscription
from billing.payments.client import API_VERSION
from billing.payments.customers import account_of, customer_of
from billing.stripe_fake import GOOD, Card, World, people
from billing.stripe_fake.transport import FakeTransport

STATUS = {"trialing": "trial", "active": "active", "past_due": "past_due", "canceled": "ended"}


@dataclass
class Buyer:
    """A person, their account, and the Stripe that they buy at."""

    user: User
    world: World

    def __post_init__(self) -> None:
        self.account = account_of(self.user)

    @property
    def customer(self) -> Any:
        return customer_of(self.account)

    def sessions(self, status: str = "") -> list[Any]:
        """Of Stripe's checkout, oldest first; those of a status."""
        return [row for row in self.world.all("checkout.session") if status in ("", row["status"])]

    def subscriptions(self) -> list[Any]:
        return self.world.all("subscription")

    def charges(self) -> list[Any]:
        return [row for row in self.world.all("charge") if row["paid"]]

    def requests(self, kind: str) -> list[str]:
        """States of our requests of a kind, oldest first."""
        rows = StripeRequest.objects.filter(account=self.account, kind=kind).order_by("created_at")
        return list(rows.values_list("state", flat=True))

    def subscribe(self, slug: str = "creator", *, has_trial: bool = False, card: Card = GOOD) -> Subscription:
        """Subscribes to the plan by Stripe's page, and writes down what a look would."""
        from billing.payments.checkout import start_subscription

        Plan.objects.filter(slug=slug).update(trial_days=14 if has_trial else 0)
        start_subscription(self.user, plan(slug))
        assert people.pay_checkout(self.world, self.sessions("open")[0]["id"], card) == "succeeded"
        return self.look()

    def look(self) -> Subscription:
        """Writes the newest subscription of Stripe's as our row."""
        theirs = self.subscriptions()[-1]
        item = theirs["items"]["data"][0]
        past_due_since = timezone.now() if theirs["status"] == "past_due" else None
        row, _ = Subscription.objects.update_or_create(
            subscription_id=theirs["id"],
            defaults={
                "customer": self.customer,
                "plan": Plan.objects.get(price_id=item["price"]["id"]),
                "next_plan": self._next_plan(theirs),
                "status": SubscriptionStatus(STATUS[theirs["status"]]),
                "period_starts_at": at(item["current_period_start"]),
                "period_ends_at": at(item["current_period_end"]),
                "ends_at": at(theirs["cancel_at"]) if theirs["cancel_at"] else None,
                "past_due_since": past_due_since,
                "asked_at": timezone.now(),
            },
        )
        return row

    def _next_plan(self, theirs: Any) -> Plan | None:
        phases = (
            self.world.find("subscription_schedule", theirs["schedule"])["phases"]
            if theirs["schedule"]
            else ()
        )
        return Plan.objects.get(price_id=phases[1]["items"][0]["price"]) if len(phases) > 1 else None

    def price(self) -> str:
        """The slug of the plan that Stripe charges for."""
        price_id = self.subscriptions()[-1]["items"]["data"][0]["price"]["id"]
        return Plan.objects.get(price_id=price_id).slug


def client_of(world: World) -> StripeClient:
    """A client of the same Stripe for a test's own questions."""
    return StripeClient("sk_test_1", stripe_version=API_VERSION, http_client=FakeTransport(world))


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def after(world: World, **passed: float) -> datetime:
    """Moves Stripe's clock on; returns its time."""
    moment = at(world.now) + timedelta(**passed)
    world.advance(moment)
    return moment


def plan(slug: str) -> Plan:
    return Plan.objects.get(slug=slug)


def pack(slug: str = "credits-500") -> CreditPack:
    return CreditPack.objects.get(slug=slug)
