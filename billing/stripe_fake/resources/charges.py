"""Charges: https://docs.stripe.com/api/charges."""

from __future__ import annotations

from billing.stripe_fake.cards import Card
from billing.stripe_fake.resources.payment_methods import NO_PERSON
from billing.stripe_fake.world import Row, World


def charge(world: World, intent: Row, card: Card, *, is_paid: bool) -> Row:
    """One try to take a payment intent's amount."""
    row = {
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": intent["amount"] if is_paid else 0,
        "amount_refunded": 0,
        "balance_transaction": None,
        "billing_details": dict(NO_PERSON),
        "captured": is_paid,
        "created": world.now,
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "failure_code": None if is_paid else "card_declined",
        "failure_message": None if is_paid else "Your card was declined.",
        "livemode": world.is_live,
        "metadata": dict(intent["metadata"]),
        "outcome": _outcome(is_paid=is_paid),
        "paid": is_paid,
        "payment_intent": intent["id"],
        "payment_method": intent["payment_method"],
        "payment_method_details": {
            "card": {
                "brand": "visa",
                "exp_month": 12,
                "exp_year": 2050,
                "last4": card.last4,
                "network": "visa",
            },
            "type": "card",
        },
        "receipt_email": None,
        "receipt_number": None,
        "receipt_url": f"{world.pages}/receipts/{intent['id']}",
        "refunded": False,
        "status": "succeeded" if is_paid else "failed",
    }
    row = world.add("ch", row)
    world.emit("charge.succeeded" if is_paid else "charge.failed", row)
    return row


def _outcome(*, is_paid: bool) -> Row:
    return {
        "network_status": "approved_by_network" if is_paid else "declined_by_network",
        "reason": None if is_paid else "generic_decline",
        "risk_level": "normal",
        "seller_message": "Payment complete." if is_paid else "The bank did not return any further details.",
        "type": "authorized" if is_paid else "issuer_declined",
    }
