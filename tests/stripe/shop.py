"""A small shop with two plans, one pack and one customer, that buys through the `stripe` library."""

from __future__ import annotations

from typing import Any

from stripe import StripeClient

from billing.stripe_fake import GOOD, Card, World, people

SUCCESS = "http://shop.test/done?session_id={CHECKOUT_SESSION_ID}"


class Shop:
    def __init__(self, world: World, client: StripeClient) -> None:
        self.world, self.v1 = world, client.v1
        self.creator = self._price("Creator", 1900, recurring={"interval": "month"})
        self.studio = self._price("Studio", 9900, recurring={"interval": "month"})
        self.pack = self._price("500 credits", 1500)
        self.customer = self.v1.customers.create({"email": "ann@shop.test", "metadata": {"account": "7"}}).id

    def _price(self, name: str, cents: int, **more: Any) -> str:
        product = self.v1.products.create({"name": name})
        price = {
            "product": product.id,
            "currency": "eur",
            "unit_amount": cents,
            "lookup_key": name.lower(),
            **more,
        }
        return self.v1.prices.create(price).id

    def checkout(self, price: str = "", *, trial_days: int = 0, **more: Any) -> Any:
        """An open session for a plan, or with `mode="payment"` for the pack."""
        if more.get("mode") != "payment":
            more["subscription_data"] = {"metadata": {"account": "7"}} | (
                {"trial_period_days": trial_days} if trial_days else {}
            )
        return self.v1.checkout.sessions.create(
            {
                "mode": "subscription",
                "customer": self.customer,
                "line_items": [{"price": price or self.creator, "quantity": 1}],
                "success_url": SUCCESS,
                "cancel_url": "http://shop.test/",
                "metadata": {"account": "7"},
                **more,
            }
        )

    def subscribe(self, price: str = "", *, card: Card = GOOD, trial_days: int = 0) -> Any:
        """A paid subscription or a trial, as it is now."""
        session = self.checkout(price, trial_days=trial_days)
        assert people.pay_checkout(self.world, session.id, card) == "succeeded"
        return self.subscription()

    def subscription(self, *expand: str) -> Any:
        """The customer's subscription as Stripe has it now."""
        found = self.v1.subscriptions.list({"customer": self.customer, "status": "all"}).data[0]
        return self.v1.subscriptions.retrieve(found.id, {"expand": list(expand)})

    def invoices(self) -> list[Any]:
        """The customer's invoices, newest first."""
        return list(self.v1.invoices.list({"customer": self.customer, "expand": ["data.payments"]}).data)

    def change(self, price: str, **more: Any) -> Any:
        subscription = self.subscription()
        item = {"id": subscription["items"]["data"][0]["id"], "price": price}
        params = {
            "items": [item],
            "proration_behavior": "always_invoice",
            "expand": ["latest_invoice"],
            **more,
        }
        return self.v1.subscriptions.update(subscription.id, params)

    def events(self) -> list[str]:
        """Types of all events, oldest first."""
        return [event["type"] for event in self.world.events]
