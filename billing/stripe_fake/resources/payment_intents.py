"""Payment intents, which invoices and checkouts make: https://docs.stripe.com/api/payment_intents."""

from __future__ import annotations

from billing.stripe_fake.cards import Card, Outcome
from billing.stripe_fake.resources.charges import charge
from billing.stripe_fake.resources.payment_methods import card_of
from billing.stripe_fake.world import Row, World

DECLINED = {
    "code": "card_declined",
    "decline_code": "generic_decline",
    "doc_url": "https://docs.stripe.com/error-codes#card-declined",
    "message": "Your card was declined.",
    "type": "card_error",
}
NOT_CONFIRMED = {
    "code": "payment_intent_authentication_failure",
    "doc_url": "https://docs.stripe.com/error-codes#payment-intent-authentication-failure",
    "message": "The provided PaymentMethod has failed authentication.",
    "type": "invalid_request_error",
}


def new_intent(
    world: World, *, amount: int, currency: str, customer: str, description: str, metadata: Row
) -> Row:
    """A payment that has not been tried yet."""
    row = {
        "object": "payment_intent",
        "amount": amount,
        "amount_capturable": 0,
        "amount_received": 0,
        "automatic_payment_methods": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic",
        "confirmation_method": "automatic",
        "created": world.now,
        "currency": currency,
        "customer": customer,
        "description": description,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": world.is_live,
        "metadata": metadata,
        "next_action": None,
        "payment_method": None,
        "payment_method_types": ["card"],
        "receipt_email": None,
        "setup_future_usage": None,
        "status": "requires_payment_method",
    }
    row = world.add("pi", row)
    world.emit("payment_intent.created", row)
    return row


def try_to_pay(world: World, intent: Row, payment_method: str, *, is_present: bool) -> Outcome:
    """Tries the card. `is_present`: its owner is there to confirm."""
    card = card_of(world, payment_method)
    intent |= {"payment_method": payment_method, "next_action": None, "last_payment_error": None}
    outcome = card.present if is_present else card.later
    if outcome == "requires_action":
        intent["status"] = "requires_action"
        intent["next_action"] = {"type": "use_stripe_sdk", "use_stripe_sdk": {}}
        world.emit("payment_intent.requires_action", intent)
    elif outcome == "declined":
        intent["latest_charge"] = charge(world, intent, card, is_paid=False)["id"]
        _fail(world, intent, DECLINED)
    else:
        succeed(world, intent, card)
    return outcome


def succeed(world: World, intent: Row, card: Card) -> None:
    """The money has moved."""
    intent["latest_charge"] = charge(world, intent, card, is_paid=True)["id"]
    intent |= {"status": "succeeded", "next_action": None, "amount_received": intent["amount"]}
    world.emit("payment_intent.succeeded", intent)


def refuse_at_bank(world: World, intent: Row) -> None:
    """The card's owner did not confirm."""
    _fail(world, intent, NOT_CONFIRMED)


def cancel(world: World, intent: Row, reason: str) -> None:
    if intent["status"] not in ("succeeded", "canceled"):
        intent |= {
            "status": "canceled",
            "canceled_at": world.now,
            "cancellation_reason": reason,
            "next_action": None,
        }
        world.emit("payment_intent.canceled", intent)


def _fail(world: World, intent: Row, error: Row) -> None:
    intent |= {"status": "requires_payment_method", "next_action": None, "last_payment_error": dict(error)}
    if intent["latest_charge"]:
        intent["last_payment_error"]["charge"] = intent["latest_charge"]
    world.emit("payment_intent.payment_failed", intent)
