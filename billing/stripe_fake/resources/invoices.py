"""Invoices: https://docs.stripe.com/api/invoices. `flows.collecting` finalizes them and takes the money."""

from __future__ import annotations

from billing.stripe_fake.lists import whole_list
from billing.stripe_fake.world import Row, World

DRAFT_S = 3600
"""A renewal's invoice stays a draft for an hour."""

EMPTY = (
    "account_tax_ids",
    "application",
    "automatically_finalizes_at",
    "custom_fields",
    "customer_address",
    "customer_phone",
    "customer_shipping",
    "default_payment_method",
    "default_source",
    "description",
    "due_date",
    "effective_at",
    "ending_balance",
    "footer",
    "from_invoice",
    "hosted_invoice_url",
    "invoice_pdf",
    "last_finalization_error",
    "latest_revision",
    "next_payment_attempt",
    "number",
    "on_behalf_of",
    "receipt_number",
    "rendering",
    "shipping_cost",
    "shipping_details",
    "statement_descriptor",
    "test_clock",
    "webhooks_delivered_at",
)
"""Fields that stay empty on a draft: later ones are filled in, and others this product does not use."""


def draft(
    world: World,
    customer: Row,
    lines: list[Row],
    *,
    reason: str,
    subscription: Row | None = None,
    metadata: Row | None = None,
) -> Row:
    """A new invoice, which nothing collects yet."""
    row = world.add("in", shape(world, customer, lines, reason=reason, subscription=subscription))
    row["metadata"] = metadata or {}
    _place_lines(row)
    if subscription is not None:
        subscription["latest_invoice"] = row["id"]
    world.emit("invoice.created", row)
    return row


def preview(world: World, customer: Row, lines: list[Row], *, subscription: Row) -> Row:
    """An invoice as it would be; nothing is stored."""
    row = shape(world, customer, lines, reason="upcoming", subscription=subscription)
    row = {"id": world.new_id("upcoming_in"), **row}
    _place_lines(row)
    return row


def _place_lines(row: Row) -> None:
    for each in row["lines"]["data"]:
        each["invoice"] = row["id"]
    row["lines"]["url"] = f"/v1/invoices/{row['id']}/lines"


def shape(world: World, customer: Row, lines: list[Row], *, reason: str, subscription: Row | None) -> Row:
    total = sum(each["amount"] for each in lines)
    credit = max(0, -customer["balance"])
    due = max(0, total - credit)
    return {
        "object": "invoice",
        **dict.fromkeys(EMPTY),
        "account_country": "DE",
        "account_name": "The fake Stripe",
        "amount_due": due,
        "amount_overpaid": 0,
        "amount_paid": 0,
        "amount_paid_off_stripe": 0,
        "amount_remaining": due,
        "amount_shipping": 0,
        "attempt_count": 0,
        "attempted": False,
        "auto_advance": False,
        "automatic_tax": {
            "disabled_reason": None,
            "enabled": False,
            "liability": None,
            "provider": None,
            "status": None,
        },
        "billing_reason": reason,
        "collection_method": "charge_automatically",
        "created": world.now,
        "currency": lines[0]["currency"],
        "customer": customer["id"],
        "customer_email": customer["email"],
        "customer_name": customer["name"],
        "customer_tax_exempt": "none",
        "customer_tax_ids": [],
        "default_tax_rates": [],
        "discounts": [],
        "issuer": {"type": "self"},
        "lines": whole_list(lines, ""),
        "livemode": world.is_live,
        "metadata": {},
        "parent": _parent(subscription),
        "payment_settings": {
            "default_mandate": None,
            "payment_method_options": None,
            "payment_method_types": None,
        },
        "period_end": world.now,
        "period_start": world.now,
        "post_payment_credit_notes_amount": 0,
        "pre_payment_credit_notes_amount": 0,
        "starting_balance": customer["balance"],
        "status": "draft",
        "status_transitions": {
            "finalized_at": None,
            "marked_uncollectible_at": None,
            "paid_at": None,
            "voided_at": None,
        },
        "subtotal": total,
        "subtotal_excluding_tax": total,
        "total": total,
        "total_discount_amounts": [],
        "total_excluding_tax": total,
        "total_pretax_credit_amounts": [],
        "total_taxes": [],
    }


def _parent(subscription: Row | None) -> Row | None:
    if subscription is None:
        return None
    details = {"metadata": dict(subscription["metadata"]), "subscription": subscription["id"]}
    return {"quote_details": None, "subscription_details": details, "type": "subscription_details"}


def subscription_of(world: World, invoice: Row) -> Row | None:
    """The subscription that made an invoice."""
    if invoice["parent"] is None:
        return None
    return world.find("subscription", invoice["parent"]["subscription_details"]["subscription"])


def invoices_of(world: World, subscription: Row) -> list[Row]:
    """The subscription's invoices, oldest first."""
    return [row for row in world.all("invoice") if subscription_of(world, row) is subscription]
