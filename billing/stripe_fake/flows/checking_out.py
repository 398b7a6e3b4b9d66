"""What people do in Checkout: pay, be declined, confirm with the bank, let the session expire."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from billing.stripe_fake.cards import Card, Outcome
from billing.stripe_fake.clock import Due, falls_due
from billing.stripe_fake.errors import bad_request
from billing.stripe_fake.flows import collecting
from billing.stripe_fake.flows.starting import start_subscription, title_of
from billing.stripe_fake.resources import payment_intents
from billing.stripe_fake.resources.invoice_lines import line
from billing.stripe_fake.resources.invoices import draft
from billing.stripe_fake.resources.payment_methods import attach, card_of, new_method
from billing.stripe_fake.world import Row, World


def pay(world: World, session: Row, card: Card) -> Outcome:
    """The person enters a card and pays, or starts a trial. After a decline the session stays open."""
    _need_open(session)
    hidden = world.hidden[session["id"]]
    method = new_method(world, card)
    hidden["method"] = method["id"]
    hidden["waits"] = False
    outcome = card.present
    if session["amount_total"]:
        if "intent" not in hidden:
            hidden["intent"] = _intent_for(world, session)["id"]
        intent = world.find("payment_intent", hidden["intent"])
        outcome = payment_intents.try_to_pay(world, intent, method["id"], is_present=True)
    if outcome == "succeeded":
        _complete(world, session)
    hidden["waits"] = outcome == "requires_action"
    return outcome


def confirm(world: World, session: Row, *, agrees: bool) -> None:
    """The person confirms the payment with the bank, or refuses."""
    _need_open(session)
    hidden = world.hidden[session["id"]]
    if not hidden.get("waits"):
        raise bad_request(f"Session {session['id']} does not wait for the bank.")
    hidden["waits"] = False
    intent = world.find("payment_intent", hidden["intent"]) if "intent" in hidden else None
    if not agrees:
        if intent:
            payment_intents.refuse_at_bank(world, intent)
        return
    if intent:
        payment_intents.succeed(world, intent, card_of(world, hidden["method"]))
    _complete(world, session)


def expire(world: World, session: Row) -> None:
    session |= {"status": "expired", "url": None}
    hidden = world.hidden[session["id"]]
    if "intent" in hidden:
        payment_intents.cancel(world, world.find("payment_intent", hidden["intent"]), "abandoned")
    world.emit("checkout.session.expired", session)


def _need_open(session: Row) -> None:
    if session["status"] != "open":
        raise bad_request(f"Session {session['id']} is {session['status']}.")


def _intent_for(world: World, session: Row) -> Row:
    hidden = world.hidden[session["id"]]
    return payment_intents.new_intent(
        world,
        amount=session["amount_total"],
        currency=session["currency"],
        customer=session["customer"],
        description=title_of(world, world.find("price", hidden["price"])),
        metadata=dict(hidden["payment_metadata"]),
    )


def _complete(world: World, session: Row) -> None:
    hidden = world.hidden[session["id"]]
    customer = world.find("customer", session["customer"])
    price = world.find("price", hidden["price"])
    intent = world.find("payment_intent", hidden["intent"]) if "intent" in hidden else None
    attach(world, world.find("payment_method", hidden["method"]), customer["id"])
    session |= {
        "status": "complete",
        "payment_status": "paid" if intent else "no_payment_required",
        "url": None,
        "customer_details": _details(customer),
    }
    if session["mode"] == "subscription":
        subscription = start_subscription(
            world,
            customer,
            price,
            payment_method=hidden["method"],
            trial_days=hidden["trial_days"],
            metadata=dict(hidden["subscription_metadata"]),
            intent=intent,
        )
        session |= {"subscription": subscription["id"], "invoice": subscription["latest_invoice"]}
    elif intent is not None:
        session["payment_intent"] = intent["id"]
        if session["invoice_creation"]["enabled"]:
            session["invoice"] = _invoice(world, customer, price, intent)["id"]
    world.emit("checkout.session.completed", session)


def _invoice(world: World, customer: Row, price: Row, intent: Row) -> Row:
    sold = line(
        world,
        amount=price["unit_amount"],
        description=title_of(world, price),
        price=price,
        period=(world.now, world.now),
    )
    invoice = draft(world, customer, [sold], reason="manual")
    collecting.finalize(world, invoice, intent=intent)
    collecting.settle(world, invoice)
    return invoice


def _details(customer: Row) -> Row:
    nothing = dict.fromkeys(("address", "business_name", "individual_name", "phone"))
    return {
        **nothing,
        "email": customer["email"],
        "name": customer["name"],
        "tax_exempt": "none",
        "tax_ids": [],
    }


@falls_due
def _expiries(world: World) -> Iterator[Due]:
    for session in world.all("checkout.session"):
        if session["status"] == "open":
            yield Due(
                session["expires_at"], partial(expire, world, session), session["id"], "the checkout expires"
            )
