"""Sessions of the customer portal: https://docs.stripe.com/api/customer_portal/sessions."""

from __future__ import annotations

from billing.stripe_fake.accepts import need, one_of, text
from billing.stripe_fake.calls import api
from billing.stripe_fake.world import Row, World

FLOW = {"type": one_of("payment_method_update")}
CONFIGURATION = "bpc_fake"


@api("POST", "/v1/billing_portal/sessions", {"customer": text, "return_url": text, "flow_data": FLOW})
def create(world: World, given: Row) -> Row:
    need(given, "customer")
    world.find("customer", given["customer"], param="customer")
    id = world.new_id("bps")
    row = {
        "id": id,
        "object": "billing_portal.session",
        "configuration": CONFIGURATION,
        "created": world.now,
        "customer": given["customer"],
        "customer_account": None,
        "flow": _flow(given.get("flow_data")),
        "livemode": world.is_live,
        "locale": None,
        "on_behalf_of": None,
        "return_url": given.get("return_url"),
        "url": f"{world.pages}/portal/{id}",
    }
    return world.add("bps", row)


def _flow(given: Row | None) -> Row | None:
    if given is None:
        return None
    return {
        "after_completion": {
            "hosted_confirmation": None,
            "redirect": None,
            "type": "portal_homepage",
        },
        "subscription_cancel": None,
        "subscription_update": None,
        "subscription_update_confirm": None,
        "type": given["type"],
    }
