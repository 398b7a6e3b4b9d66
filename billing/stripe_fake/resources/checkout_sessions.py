"""Checkout sessions: https://docs.stripe.com/api/checkout/sessions."""

from __future__ import annotations

from typing import Any

from billing.stripe_fake.flows.starting import title_of
from billing.stripe_fake.world import Row, World

EMPTY = (
    "adaptive_pricing",
    "after_expiration",
    "allow_promotion_codes",
    "billing_address_collection",
    "client_secret",
    "collected_information",
    "consent",
    "consent_collection",
    "currency_conversion",
    "customer_account",
    "customer_creation",
    "customer_details",
    "customer_email",
    "invoice",
    "locale",
    "origin_context",
    "payment_intent",
    "payment_link",
    "payment_method_configuration_details",
    "permissions",
    "recovered_from",
    "saved_payment_method_options",
    "setup_intent",
    "shipping_address_collection",
    "shipping_cost",
    "submit_type",
    "subscription",
    "wallet_options",
)
"""Fields of things that this product does not use."""


def new_session(world: World, price: Row, given: Row) -> Row:
    """An open session that sells one price; `given`: the parameters of the call."""
    id = world.new_id("cs_live" if world.is_live else "cs_test")
    trial_days = given.get("subscription_data", {}).get("trial_period_days", 0)
    total = 0 if trial_days else price["unit_amount"]
    row = {
        "id": id,
        "object": "checkout.session",
        **dict.fromkeys(EMPTY),
        "amount_subtotal": total,
        "amount_total": total,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "cancel_url": given.get("cancel_url"),
        "client_reference_id": given.get("client_reference_id"),
        "created": world.now,
        "currency": price["currency"],
        "custom_fields": [],
        "custom_text": dict.fromkeys(
            ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")
        ),
        "customer": given["customer"],
        "discounts": [],
        "expires_at": given["expires_at"],
        "invoice_creation": _invoice_creation(given),
        "livemode": world.is_live,
        "metadata": given.get("metadata", {}),
        "mode": given["mode"],
        "payment_method_collection": given.get("payment_method_collection", "always"),
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "payment_status": "unpaid",
        "shipping_options": [],
        "status": "open",
        "success_url": given["success_url"],
        "total_details": {"amount_discount": 0, "amount_shipping": 0, "amount_tax": 0},
        "ui_mode": "hosted_page",
        "url": f"{world.pages}/checkout/{id}",
    }
    return world.add(
        "cs",
        row,
        price=price["id"],
        trial_days=trial_days,
        subscription_metadata=given.get("subscription_data", {}).get("metadata", {}),
        payment_metadata=given.get("payment_intent_data", {}).get("metadata", {}),
    )


def _invoice_creation(given: Row) -> Row | None:
    if given["mode"] != "payment":
        return None
    nothing = dict.fromkeys(
        ("account_tax_ids", "custom_fields", "description", "footer", "issuer", "rendering_options")
    )
    enabled = given.get("invoice_creation", {}).get("enabled", False)
    return {"enabled": enabled, "invoice_data": {**nothing, "metadata": {}}}


def line_items(world: World, row: Row) -> list[dict[str, Any]]:
    """What a session sells."""
    price = world.find("price", world.hidden[row["id"]]["price"])
    return [
        {
            "id": f"li_{row['id']}",
            "object": "item",
            "amount_discount": 0,
            "amount_subtotal": row["amount_subtotal"],
            "amount_tax": 0,
            "amount_total": row["amount_total"],
            "currency": price["currency"],
            "description": title_of(world, price),
            "price": price,
            "quantity": 1,
        }
    ]
