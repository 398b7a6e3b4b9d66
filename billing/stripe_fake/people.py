"""What people do at Stripe: customers on its pages, staff in its dashboard, banks.

Everything else goes through the API. Each function takes the world and ids, and its events are delivered
before it returns.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from billing.stripe_fake.cards import GOOD, Card, Outcome
from billing.stripe_fake.flows import checking_out, collecting, nearing
from billing.stripe_fake.resources import disputes
from billing.stripe_fake.resources.payment_methods import attach, new_method
from billing.stripe_fake.world import World


def pay_checkout(world: World, session: str, card: Card = GOOD) -> Outcome:
    """Pays in Checkout, or starts the trial, with this card. After a decline the session stays open."""
    with world.at_work():
        return checking_out.pay(world, world.find("checkout.session", session), card)


def confirm_checkout(world: World, session: str, *, agrees: bool = True) -> None:
    """Answers the bank, which asks whether to pay."""
    with world.at_work():
        checking_out.confirm(world, world.find("checkout.session", session), agrees=agrees)


def change_card(world: World, customer: str, card: Card) -> None:
    """Replaces the card that later payments use, also those of running subscriptions."""
    with world.at_work():
        row = world.find("customer", customer, param="customer")
        method = new_method(world, card)
        attach(world, method, customer)
        with world.changing(row, "customer.updated"):
            row["invoice_settings"]["default_payment_method"] = method["id"]
        for each in world.all("subscription"):
            if each["customer"] == customer and each["ended_at"] is None:
                with world.changing(each, "customer.subscription.updated"):
                    each["default_payment_method"] = method["id"]


def pay_invoice(world: World, invoice: str, card: Card | None = None) -> Outcome:
    """Pays an open invoice on its page, with this card or the one that is stored."""
    with world.at_work():
        row = world.find("invoice", invoice)
        if card is not None:
            method = new_method(world, card)["id"]
        else:
            method = collecting.default_method(world, row)
        return collecting.collect(world, row, method, is_present=True)


def confirm_invoice(world: World, invoice: str, *, agrees: bool = True) -> None:
    """Answers the bank about the payment of an invoice, also one that was tried without the customer."""
    with world.at_work():
        collecting.confirm(world, world.find("invoice", invoice), agrees=agrees)


def refund(world: World, charge: str, amount: int | None = None) -> None:
    """Pays back a charge, all that is left of it or `amount` cents."""
    params = {"charge": charge} | ({"amount": str(amount)} if amount is not None else {})
    _ask(world, "POST", "/v1/refunds", params)


def open_dispute(world: World, charge: str) -> str:
    """The customer's bank takes a charge's money back; returns the dispute's id."""
    with world.at_work():
        return str(disputes.open_dispute(world, world.find("charge", charge))["id"])


def close_dispute(world: World, dispute: str, status: Literal["won", "lost"]) -> None:
    """The bank decides: `won` gives us the money again."""
    with world.at_work():
        disputes.close_dispute(world, world.find("dispute", dispute), status)


def delete_customer(world: World, customer: str) -> None:
    """Deletes a customer in the dashboard, which ends the subscriptions."""
    _ask(world, "DELETE", f"/v1/customers/{customer}", {})


def charge_of(world: World, invoice: str) -> str:
    """The charge that paid an invoice."""
    with world.at_work():
        return str(collecting.intent_of(world, world.find("invoice", invoice))["latest_charge"])


def _ask(world: World, method: str, path: str, params: dict[str, str]) -> None:
    status, body = world.handle(method, path, params)
    if status != 200:
        raise ValueError(body["error"]["message"])


def pass_time(world: World, subscription: str) -> None:
    """Lets the time until the subscription's next step pass; see `flows.nearing`."""
    with world.at_work():
        nearing.bring_near(world, world.find("subscription", subscription))
        world.advance(datetime.fromtimestamp(world.now, UTC))
