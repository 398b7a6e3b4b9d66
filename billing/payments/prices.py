"""Stripe's products and prices of our plans and packs, found again by keys of ours.

A price of Stripe's never changes: https://docs.stripe.com/products-prices/manage-prices. So a row whose price was edited
gets another price, and who subscribed before keeps the old one until they change their plan.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import stripe

from billing.models import CreditPack, Plan

Sold = Plan | CreditPack
NOT_PUT_ON_SALE = "has no price at Stripe yet"
UNKNOWN = "names a price that Stripe does not know in this mode"
OTHER = "costs {ours} here and {theirs} at Stripe"
NOT_ACTIVE = "has a price that was archived at Stripe"
NOT_MONTHLY = "has a price at Stripe that is not paid once a month"
NOT_ONCE = "has a price at Stripe that is not paid once"


def on_offer() -> list[Sold]:
    """The plans and packs that cost money and are offered."""
    plans = Plan.objects.filter(is_offered=True, price_cents__gt=0).order_by("position")
    return [*plans, *CreditPack.objects.filter(is_offered=True, price_cents__gt=0)]


def put_on_sale(client: stripe.StripeClient) -> dict[Sold, str]:
    """Gives each a price at Stripe, made where it is missing, and stores its id. Returns the ids.

    May be repeated, and has to be after a price was edited and when the key changes between test and live mode.
    """
    prices = {sold: _price_of(client, sold) for sold in on_offer()}
    for sold, price_id in prices.items():
        type(sold)._default_manager.filter(pk=sold.pk).update(price_id=price_id)
    return prices


def differences(client: stripe.StripeClient) -> Iterator[tuple[Sold, str]]:
    """What each says that differs from what Stripe would charge."""
    for sold in on_offer():
        yield from ((sold, difference) for difference in _differences(client, sold))


def _price_of(client: stripe.StripeClient, sold: Sold) -> str:
    key = f"{_product_id(sold)}-{sold.price_cents}-{sold.currency}"
    found = client.v1.prices.list({"lookup_keys": [key], "active": True})
    if found.data:
        return found.data[0].id
    params: Any = {
        "product": _product_of(client, sold),
        "unit_amount": sold.price_cents,
        "currency": sold.currency,
        "lookup_key": key,
        "metadata": _metadata(sold),
    }
    if isinstance(sold, Plan):
        params["recurring"] = {"interval": "month"}
    return client.v1.prices.create(params).id


def _product_of(client: stripe.StripeClient, sold: Sold) -> str:
    product_id = _product_id(sold)
    try:
        client.v1.products.create({"id": product_id, "name": sold.title, "metadata": _metadata(sold)})
    except stripe.InvalidRequestError as error:
        if error.code != "resource_already_exists":
            raise
    return product_id


def _product_id(sold: Sold) -> str:
    return f"creator-{_kind(sold)}-{sold.pk}"


def _metadata(sold: Sold) -> dict[str, str]:
    return {_kind(sold): sold.pk}


def _kind(sold: Sold) -> str:
    return "plan" if isinstance(sold, Plan) else "pack"


def _differences(client: stripe.StripeClient, sold: Sold) -> Iterator[str]:
    if not sold.price_id:
        yield NOT_PUT_ON_SALE
        return
    try:
        price = client.v1.prices.retrieve(sold.price_id)
    except stripe.InvalidRequestError:
        yield UNKNOWN
        return
    ours, theirs = (sold.price_cents, sold.currency), (price.unit_amount, price.currency)
    if ours != theirs:
        yield OTHER.format(ours=_amount(*ours), theirs=_amount(*theirs))
    if not price.active:
        yield NOT_ACTIVE
    rhythm = price.recurring and (price.recurring.interval, price.recurring.interval_count)
    if isinstance(sold, Plan) and rhythm != ("month", 1):
        yield NOT_MONTHLY
    if isinstance(sold, CreditPack) and rhythm:
        yield NOT_ONCE


def _amount(cents: int | None, currency: str) -> str:
    return f"{(cents or 0) / 100:.2f} {currency.upper()}"
