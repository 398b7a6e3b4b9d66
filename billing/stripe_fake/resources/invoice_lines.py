"""Lines of invoices: https://docs.stripe.com/api/invoice-line-item."""

from __future__ import annotations

from billing.stripe_fake.world import Row, World


def line(
    world: World,
    *,
    amount: int,
    description: str,
    price: Row,
    period: tuple[int, int],
    subscription: Row | None = None,
    is_proration: bool = False,
) -> Row:
    """One line. `amount`: in cents, negative for a credit; `period`: seconds since 1970, from and to."""
    return {
        "id": world.new_id("il"),
        "object": "line_item",
        "amount": amount,
        "currency": price["currency"],
        "description": description,
        "discount_amounts": [],
        "discountable": not is_proration,
        "discounts": [],
        "invoice": None,
        "livemode": world.is_live,
        "metadata": {},
        "parent": _parent(world, subscription, is_proration=is_proration),
        "period": {"start": period[0], "end": period[1]},
        "pretax_credit_amounts": [],
        "pricing": {
            "price_details": {"price": price["id"], "product": price["product"]},
            "type": "price_details",
            "unit_amount_decimal": str(amount),
        },
        "quantity": 1,
        "subtotal": amount,
        "taxes": [],
    }


def _parent(world: World, subscription: Row | None, *, is_proration: bool) -> Row:
    if subscription is None:
        details = {
            "invoice_item": world.new_id("ii"),
            "proration": False,
            "proration_details": {"credited_items": None},
            "subscription": None,
        }
        return {
            "invoice_item_details": details,
            "subscription_item_details": None,
            "type": "invoice_item_details",
        }
    details = {
        "invoice_item": world.new_id("ii") if is_proration else None,
        "proration": is_proration,
        "proration_details": {"credited_items": None},
        "subscription": subscription["id"],
        "subscription_item": subscription["items"]["data"][0]["id"],
    }
    return {
        "invoice_item_details": None,
        "subscription_item_details": details,
        "type": "subscription_item_details",
    }
