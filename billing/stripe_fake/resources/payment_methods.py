"""Payment methods, which are all cards here: https://docs.stripe.com/api/payment_methods."""

from __future__ import annotations

from billing.stripe_fake.cards import CARDS, Card
from billing.stripe_fake.world import Row, World

NO_PERSON = {"address": None, "email": None, "name": None, "phone": None, "tax_id": None}


def new_method(world: World, card: Card) -> Row:
    """A payment method with this card, of no customer yet."""
    row = {
        "object": "payment_method",
        "allow_redisplay": "unspecified",
        "billing_details": dict(NO_PERSON),
        "card": {
            "brand": "visa",
            "checks": None,
            "country": "DE",
            "display_brand": "visa",
            "exp_month": 12,
            "exp_year": 2050,
            "fingerprint": f"card{card.number}",
            "funding": "credit",
            "generated_from": None,
            "last4": card.last4,
            "networks": None,
            "three_d_secure_usage": {"supported": True},
            "wallet": None,
        },
        "created": world.now,
        "customer": None,
        "customer_account": None,
        "livemode": world.is_live,
        "metadata": {},
        "type": "card",
    }
    return world.add("pm", row, number=card.number)


def attach(world: World, row: Row, customer: str) -> None:
    """Keeps the payment method for the customer's later payments."""
    row["customer"] = customer
    world.emit("payment_method.attached", row)


def card_of(world: World, payment_method: str) -> Card:
    """The card behind a payment method."""
    return CARDS[world.hidden[payment_method]["number"]]
