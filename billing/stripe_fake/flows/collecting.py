"""Finalizes invoices and collects them, with retries: https://docs.stripe.com/billing/revenue-recovery/smart-retries."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from billing.stripe_fake.cards import Outcome
from billing.stripe_fake.clock import Due, falls_due
from billing.stripe_fake.errors import bad_request
from billing.stripe_fake.flows import standing
from billing.stripe_fake.resources import payment_intents
from billing.stripe_fake.resources.invoices import subscription_of
from billing.stripe_fake.resources.payment_methods import card_of
from billing.stripe_fake.resources.subscriptions import DAY_S
from billing.stripe_fake.world import Row, World

RETRY_AFTER_S = (5 * DAY_S, 7 * DAY_S, 9 * DAY_S)
"""A failed payment is tried four times within three weeks."""


def finalize(world: World, invoice: Row, *, intent: Row | None = None) -> None:
    """Numbers the invoice and opens it for payment. `intent`: what is already being paid with."""
    customer = world.find("customer", invoice["customer"])
    invoice |= {
        "status": "open",
        "number": f"{customer['invoice_prefix']}-{customer['next_invoice_sequence']:04d}",
        "effective_at": world.now,
        "hosted_invoice_url": f"{world.pages}/invoices/{invoice['id']}",
        "invoice_pdf": f"{world.pages}/invoices/{invoice['id']}/pdf",
        "automatically_finalizes_at": None,
        "ending_balance": invoice["starting_balance"] + invoice["amount_due"] - invoice["total"],
    }
    invoice["status_transitions"]["finalized_at"] = world.now
    customer["next_invoice_sequence"] += 1
    customer["balance"] = invoice["ending_balance"]
    if invoice["amount_due"]:
        _expect_payment(world, invoice, intent or _intent_for(world, invoice))
    world.emit("invoice.finalized", invoice)
    if not invoice["amount_due"]:
        _mark_paid(world, invoice)


def collect(world: World, invoice: Row, payment_method: str, *, is_present: bool = False) -> Outcome:
    """Tries to take an open invoice's amount. `is_present`: the customer is there and may confirm."""
    if invoice["status"] != "open":
        raise bad_request(f"Invoice {invoice['id']} is not open.", code="invoice_not_open")
    if not is_present or not invoice["attempt_count"]:
        invoice["attempt_count"] += 1
    invoice["attempted"] = True
    intent = intent_of(world, invoice)
    outcome = payment_intents.try_to_pay(world, intent, payment_method, is_present=is_present)
    if outcome == "succeeded":
        settle(world, invoice)
    elif not is_present:
        _retry_later(world, invoice, outcome)
    return outcome


def confirm(world: World, invoice: Row, *, agrees: bool) -> None:
    """The customer confirms a payment with the bank, or refuses."""
    intent = intent_of(world, invoice)
    if intent["status"] != "requires_action":
        raise bad_request(f"No payment of invoice {invoice['id']} waits for the bank.")
    if agrees:
        payment_intents.succeed(world, intent, card_of(world, intent["payment_method"]))
        settle(world, invoice)
    else:
        payment_intents.refuse_at_bank(world, intent)
        world.emit("invoice.payment_failed", invoice)


def settle(world: World, invoice: Row) -> None:
    """The invoice's payment intent has succeeded."""
    payment = _payment_of(world, invoice)
    payment |= {"status": "paid", "amount_paid": payment["amount_requested"]}
    payment["status_transitions"]["paid_at"] = world.now
    invoice |= {"attempted": True, "amount_paid": invoice["amount_due"], "amount_remaining": 0}
    invoice["attempt_count"] = max(1, invoice["attempt_count"])
    _mark_paid(world, invoice)
    world.emit("invoice_payment.paid", payment)


def void(world: World, invoice: Row) -> None:
    """Nothing is owed on the invoice any more."""
    invoice |= {"status": "void", "auto_advance": False, "next_payment_attempt": None}
    invoice["status_transitions"]["voided_at"] = world.now
    if invoice["amount_due"]:
        payment_intents.cancel(world, intent_of(world, invoice), "void_invoice")
    world.emit("invoice.voided", invoice)


def discard_update(world: World, subscription: Row) -> None:
    """Gives up an update that waits for its payment, and voids its invoice."""
    update = world.hidden[subscription["id"]].pop("update", None)
    if update is not None:
        invoice = world.find("invoice", update["invoice"])
        if invoice["status"] == "open":
            void(world, invoice)
        with world.changing(subscription, "customer.subscription.updated"):
            subscription["pending_update"] = None


def intent_of(world: World, invoice: Row) -> Row:
    """The payment intent that pays an open invoice."""
    return world.find("payment_intent", _payment_of(world, invoice)["payment"]["payment_intent"])


def _mark_paid(world: World, invoice: Row) -> None:
    invoice |= {"status": "paid", "auto_advance": False, "next_payment_attempt": None}
    invoice["status_transitions"]["paid_at"] = world.now
    subscription = subscription_of(world, invoice)
    if subscription is not None:
        standing.after_payment(world, subscription, invoice)
    # Two events for one fact, as Stripe sends them.
    world.emit("invoice.paid", invoice)
    world.emit("invoice.payment_succeeded", invoice)


def _retry_later(world: World, invoice: Row, outcome: Outcome) -> None:
    tried = invoice["attempt_count"]
    subscription = subscription_of(world, invoice)
    is_pending = subscription is not None and standing.is_pending_update(world, subscription, invoice)
    if tried <= len(RETRY_AFTER_S) and invoice["auto_advance"] and not is_pending:
        invoice["next_payment_attempt"] = world.now + RETRY_AFTER_S[tried - 1]
    else:
        invoice |= {"next_payment_attempt": None, "auto_advance": False}
    if outcome == "requires_action":
        world.emit("invoice.payment_action_required", invoice)
    world.emit("invoice.payment_failed", invoice)
    if subscription is not None and not is_pending:
        standing.after_failure(world, subscription, is_last=invoice["next_payment_attempt"] is None)


def _intent_for(world: World, invoice: Row) -> Row:
    return payment_intents.new_intent(
        world,
        amount=invoice["amount_due"],
        currency=invoice["currency"],
        customer=invoice["customer"],
        description=f"Invoice {invoice['number']}",
        metadata={},
    )


def _expect_payment(world: World, invoice: Row, intent: Row) -> None:
    row = {
        "object": "invoice_payment",
        "amount_paid": None,
        "amount_requested": invoice["amount_due"],
        "created": world.now,
        "currency": invoice["currency"],
        "invoice": invoice["id"],
        "is_default": True,
        "livemode": world.is_live,
        "payment": {"payment_intent": intent["id"], "type": "payment_intent"},
        "status": "open",
        "status_transitions": {"canceled_at": None, "paid_at": None},
    }
    world.add("inpay", row)


def _payment_of(world: World, invoice: Row) -> Row:
    return next(row for row in world.all("invoice_payment") if row["invoice"] == invoice["id"])


@falls_due
def _drafts_and_retries(world: World) -> Iterator[Due]:
    for invoice in world.all("invoice"):
        if invoice["status"] == "draft" and invoice["automatically_finalizes_at"]:
            at = invoice["automatically_finalizes_at"]
            yield Due(
                at,
                partial(finalize_and_collect, world, invoice),
                invoice["id"],
                "the invoice is paid by card",
            )
        elif invoice["status"] == "open" and invoice["next_payment_attempt"]:
            at = invoice["next_payment_attempt"]
            yield Due(
                at, partial(collect_by_default, world, invoice), invoice["id"], "the payment is tried again"
            )


@falls_due
def _pending_updates(world: World) -> Iterator[Due]:
    for row in world.all("subscription"):
        if row["pending_update"]:
            at = row["pending_update"]["expires_at"]
            yield Due(at, partial(_expire_update, world, row), row["id"], "the unpaid change is given up")


def _expire_update(world: World, subscription: Row) -> None:
    discard_update(world, subscription)
    world.emit("customer.subscription.pending_update_expired", subscription)


def finalize_and_collect(world: World, invoice: Row) -> None:
    """Opens an invoice and takes its amount from the customer's card."""
    finalize(world, invoice)
    if invoice["status"] == "open":
        collect_by_default(world, invoice)


def collect_by_default(world: World, invoice: Row) -> Outcome:
    return collect(world, invoice, default_method(world, invoice))


def default_method(world: World, invoice: Row) -> str:
    """The card of the subscription, or else that of the customer. Raises StripeError."""
    subscription = subscription_of(world, invoice)
    customer = world.find("customer", invoice["customer"])
    found = (subscription or {}).get("default_payment_method") or customer["invoice_settings"][
        "default_payment_method"
    ]
    if not found:
        raise bad_request(f"Customer {customer['id']} has no card.", code="resource_missing")
    return str(found)
