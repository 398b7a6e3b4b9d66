"""Disputes: https://docs.stripe.com/api/disputes. Like Stripe's they name a charge and no customer."""

from __future__ import annotations

from typing import Literal

from billing.stripe_fake.errors import bad_request
from billing.stripe_fake.world import Row, World

ANSWER_S = 7 * 24 * 3600


def open_dispute(world: World, charge: Row, reason: str = "fraudulent") -> Row:
    """The customer's bank takes a charge's money back for now."""
    if charge["disputed"] or not charge["paid"]:
        raise bad_request(f"Charge {charge['id']} cannot be disputed.")
    row = {
        "object": "dispute",
        "amount": charge["amount"] - charge["amount_refunded"],
        "balance_transactions": [],
        "charge": charge["id"],
        "created": world.now,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {"enhanced_evidence": {}},
        "evidence_details": {
            "due_by": world.now + ANSWER_S,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": False,
        "livemode": world.is_live,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": reason,
        "status": "needs_response",
    }
    row = world.add("du", row)
    with world.changing(charge, "charge.updated"):
        charge["disputed"] = True
    world.emit("charge.dispute.created", row)
    world.emit("charge.dispute.funds_withdrawn", row)
    return row


def close_dispute(world: World, row: Row, status: Literal["won", "lost"]) -> None:
    """The bank decides. If we won, the money comes back."""
    if row["status"] in ("won", "lost"):
        raise bad_request(f"Dispute {row['id']} is already closed.")
    with world.changing(row, "charge.dispute.closed"):
        row["status"] = status
    if status == "won":
        world.emit("charge.dispute.funds_reinstated", row)
