"""Phrases about money: what the person does here and on Stripe's pages, and what banks and staff do at Stripe."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from billing.models import CreditPack, Customer, Plan
from billing.payments.changes import cancel_subscription, change_subscription, resume_subscription
from billing.payments.checkout import start_subscription, start_top_up
from billing.payments.client import stripe_client
from billing.payments.prices import put_on_sale
from billing.payments.reconcile import catch_up, want_all
from billing.stripe_fake import ASKS_ALWAYS, ASKS_ONCE, DECLINED, FAILS_LATER, GOOD, Card, people
from billing.stripe_fake.errors import StripeError
from tests.billing.timelines.phrases import phrase
from tests.billing.timelines.stage import Stage

CARDS = {None: GOOD, "is declined": DECLINED, "the bank asks about": ASKS_ONCE}


@phrase(r"subscribe to (?P<plan>\w+)(?: with a card that (?P<card>.+))?")
def subscribe(stage: Stage, at: datetime, plan: str, card: str | None) -> None:
    stage.go_to(at)
    address = start_subscription(stage.person, Plan.objects.get(slug=plan))
    stage.settle()  # the page of Stripe's is open for a while
    _pay(stage, address, CARDS[card])
    stage.settle()


@phrase(r"buy (?P<pack>[\w-]+)")
def buy(stage: Stage, at: datetime, pack: str) -> None:
    stage.go_to(at)
    address = start_top_up(stage.person, CreditPack.objects.get(slug=pack))
    stage.settle()
    _pay(stage, address)
    stage.settle()


@phrase(r"open the checkout of (?P<plan>\w+)")
def open_checkout(stage: Stage, at: datetime, plan: str) -> None:
    stage.go_to(at)
    address = start_subscription(stage.person, Plan.objects.get(slug=plan))
    stage.notes.setdefault("tabs", []).append(address)
    stage.settle()


@phrase("pay in both tabs")
def pay_in_both_tabs(stage: Stage, at: datetime) -> None:
    """Both tabs show the same page of Stripe's: what was paid in the first cannot be paid in the second."""
    stage.go_to(at)
    first, second = stage.notes.pop("tabs")
    _pay(stage, first)
    with pytest.raises(StripeError, match="is complete"):
        _pay(stage, second)
    stage.settle()


@phrase(r"change to (?P<plan>\w+)")
def change(stage: Stage, at: datetime, plan: str) -> None:
    stage.go_to(at)
    change_subscription(stage.person, Plan.objects.get(slug=plan))
    stage.settle()


@phrase("cancel")
def cancel(stage: Stage, at: datetime) -> None:
    stage.go_to(at)
    cancel_subscription(stage.person)
    stage.settle()


@phrase("resume")
def resume(stage: Stage, at: datetime) -> None:
    stage.go_to(at)
    resume_subscription(stage.person)
    stage.settle()


@phrase("(?P<who>the card is declined|the bank asks) from now on")
def change_card(stage: Stage, at: datetime, who: str) -> None:
    stage.go_to(at)
    card = FAILS_LATER if who == "the card is declined" else ASKS_ALWAYS
    people.change_card(stage.stripe, _customer(stage), card)
    stage.settle()


@phrase("pay with another card")
def pay_with_another_card(stage: Stage, at: datetime) -> None:
    stage.go_to(at)
    people.change_card(stage.stripe, _customer(stage), GOOD)
    assert people.pay_invoice(stage.stripe, _newest(stage, "invoice", status="open")["id"]) == "succeeded"
    stage.settle()


@phrase("confirm with the bank")
def confirm(stage: Stage, at: datetime) -> None:
    stage.go_to(at)
    people.confirm_invoice(stage.stripe, _newest(stage, "invoice", status="open")["id"])
    stage.settle()


@phrase("Stripe refunds (?P<part>half of |the rest of |)the last payment")
def refund(stage: Stage, at: datetime, part: str) -> None:
    stage.go_to(at)
    charge = _newest(stage, "charge", paid=True)
    people.refund(stage.stripe, charge["id"], charge["amount"] // 2 if part == "half of " else None)
    stage.settle()


@phrase("the bank disputes the last payment")
def dispute(stage: Stage, at: datetime) -> None:
    stage.go_to(at)
    stage.notes["dispute"] = people.open_dispute(stage.stripe, _newest(stage, "charge", paid=True)["id"])
    stage.settle()


@phrase("the dispute is (?P<how>won|lost)")
def close_dispute(stage: Stage, at: datetime, how: Any) -> None:
    stage.go_to(at)
    people.close_dispute(stage.stripe, stage.notes.pop("dispute"), how)
    stage.settle()


@phrase("staff delete the customer at Stripe")
def delete_customer(stage: Stage, at: datetime) -> None:
    stage.go_to(at)
    people.delete_customer(stage.stripe, _customer(stage))
    stage.settle()


@phrase(r"staff sell a plan (?P<slug>\w+) with (?P<credits>\d+) credits for (?P<euros>\d+) euros")
def sell_a_plan(stage: Stage, at: datetime, slug: str, credits: str, euros: str) -> None:
    stage.go_to(at)
    plan = Plan.objects.get(slug="studio")
    plan.pk, plan.title, plan.price_id = slug, slug.title(), ""
    plan.credits, plan.price_cents = int(credits), int(euros) * 100
    plan.save(force_insert=True)
    client = stripe_client()
    assert client is not None
    put_on_sale(client)
    stage.settle()


@phrase("no event comes any more")
def lose_events(stage: Stage, at: datetime) -> None:
    stage.go_to(at)
    stage.post.is_lost = True


@phrase("events come again")
def find_events(stage: Stage, at: datetime) -> None:
    stage.go_to(at)
    stage.post.is_lost = False


@phrase("events come last first")
def reverse_events(stage: Stage, at: datetime) -> None:
    stage.go_to(at)
    stage.post.comes_last_first = True


@phrase("each event comes under two names")
def double_events(stage: Stage, at: datetime) -> None:
    stage.go_to(at)
    stage.post.has_two_names = True


@phrase("look at everybody")
def look_at_everybody(stage: Stage, at: datetime) -> None:
    """As each night."""
    stage.go_to(at)
    want_all()
    stage.settle()


@phrase("catch up with the events")
def catch_up_with_events(stage: Stage, at: datetime) -> None:
    """As each hour."""
    stage.go_to(at)
    catch_up()
    stage.settle()


def _pay(stage: Stage, address: str, card: Card = GOOD) -> None:
    """The person pays on Stripe's page, and confirms with the bank if it asks. A declined card leaves the page open."""
    session = address.split("?")[0].rstrip("/").rsplit("/", 1)[-1]
    if people.pay_checkout(stage.stripe, session, card) == "requires_action":
        people.confirm_checkout(stage.stripe, session)


def _customer(stage: Stage) -> str:
    return Customer.objects.get(account__owner=stage.person, deleted_at=None).customer_id


def _newest(stage: Stage, kind: str, **fields: Any) -> dict[str, Any]:
    """Stripe's newest object of a kind with these fields."""
    return [row for row in stage.stripe.all(kind) if fields.items() <= row.items()][-1]
