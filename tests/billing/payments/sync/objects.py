"""Objects of Stripe with the fields that looks read, as API version 2026-05-27.dahlia gives them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

DAY = 24 * 3600


def at(text: str) -> int:
    """Seconds of a day or time in UTC, such as "2026-01-31"."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def subscription(**changes: Any) -> dict[str, Any]:
    item = {
        "price": {"id": changes.pop("price", "price_creator")},
        "current_period_start": at(changes.pop("starts", "2026-01-01")),
        "current_period_end": at(changes.pop("ends", "2026-02-01")),
    }
    return {
        "id": "sub_1",
        "object": "subscription",
        "status": "active",
        "created": at("2026-01-01"),
        "items": {"data": [item]},
        "trial_end": None,
        "cancel_at": None,
        "cancel_at_period_end": False,
        "ended_at": None,
        "schedule": None,
        "metadata": {},
        **changes,
    }


def line(
    price: str, starts: str, ends: str, *, cents: int = 1_900, proration: bool = False
) -> dict[str, Any]:
    return {
        "pricing": {"price_details": {"price": price, "product": "prod_1"}},
        "parent": {"subscription_item_details": {"proration": proration, "subscription": "sub_1"}},
        "period": {"start": at(starts), "end": at(ends)},
        "amount": cents,
    }


def invoice(*lines: dict[str, Any], **changes: Any) -> dict[str, Any]:
    payment = changes.pop("payment", "pi_1")
    lines = lines or (line("price_creator", "2026-01-01", "2026-02-01"),)
    return {
        "id": "in_1",
        "object": "invoice",
        "number": "C-1",
        "status": "paid",
        "total": 1_900,
        "currency": "eur",
        "created": at("2026-01-01"),
        "status_transitions": {"finalized_at": at("2026-01-01T01:00")},
        "hosted_invoice_url": "https://invoice.example/in_1",
        "attempt_count": 1,
        "parent": {"subscription_details": {"subscription": "sub_1"}},
        "lines": {"data": list(lines)},
        "payments": {"data": [{"payment": {"type": "payment_intent", "payment_intent": payment}}]},
        **changes,
    }


def charge(**changes: Any) -> dict[str, Any]:
    refunds = changes.pop("refunds", [])
    return {
        "id": "ch_1",
        "object": "charge",
        "status": "succeeded",
        "payment_intent": "pi_1",
        "amount": 1_900,
        "amount_refunded": sum(each["amount"] for each in refunds if each["status"] == "succeeded"),
        "currency": "eur",
        "disputed": False,
        "refunds": {"data": refunds},
        **changes,
    }


def refund(
    number: int = 1, *, amount: int, day: str = "2026-01-10", status: str = "succeeded"
) -> dict[str, Any]:
    return {"id": f"re_{number}", "amount": amount, "created": at(day), "status": status, "charge": "ch_1"}


def dispute(
    status: str = "needs_response", *, amount: int = 1_900, day: str = "2026-01-12"
) -> dict[str, Any]:
    return {
        "id": "dp_1",
        "charge": "ch_1",
        "amount": amount,
        "created": at(day),
        "status": status,
        "evidence_details": {"due_by": at("2026-01-20")},
    }


def session(**changes: Any) -> dict[str, Any]:
    return {
        "id": "cs_1",
        "object": "checkout.session",
        "mode": "payment",
        "status": "complete",
        "payment_status": "paid",
        "payment_intent": "pi_2",
        "metadata": {"pack": "credits-500", "credits": "500", "lasts_days": "365"},
        "created": at("2026-01-05"),
        **changes,
    }


def phase(price: str, starts: str) -> dict[str, Any]:
    return {"start_date": at(starts), "items": [{"price": price}]}


def schedule(*phases: dict[str, Any], status: str = "active") -> dict[str, Any]:
    first = phases[0]["start_date"]
    return {
        "id": "sub_sched_1",
        "status": status,
        "phases": list(phases),
        "current_phase": {"start_date": first},
    }


CUSTOMER = {"id": "cus_1", "object": "customer", "email": "owner@example.org"}
