"""The page of the play: what banks, time and staff would do."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from html import escape
from typing import cast, get_args

from starlette.responses import Response

from billing.stripe_fake import people
from billing.stripe_fake.cards import CARDS
from billing.stripe_fake.deliveries import Deliveries, Way
from billing.stripe_fake.errors import StripeError
from billing.stripe_fake.flows.nearing import next_step
from billing.stripe_fake.resources.subscriptions import item_of
from billing.stripe_fake.server.html import buttons, facts, moment, money, page, said
from billing.stripe_fake.server.portal_page import CARD_CHOICES
from billing.stripe_fake.world import Row, World

ABOUT = (
    "<p>Creator asks this server instead of Stripe. Here you do what time, banks and staff would do;"
    " Creator hears of it as it hears of the real thing.</p>"
)

WAYS: tuple[tuple[Way, str], ...] = (
    ("once", "once, in order"),
    ("twice", "at once, and held to come again"),
    ("shuffled", "held to come in another order"),
    ("dropped", "never"),
)


def show(world: World, id: str, form: Row, words: str = "") -> Response:
    customers = [_customer(world, each) for each in reversed(world.all("customer"))]
    return page("A Stripe to play with", ABOUT, said(words), _webhooks(world), *customers)


def act(world: World, id: str, form: Row) -> Response:
    """Does what the pressed button says."""
    words = ""
    try:
        for name, value in form.items():
            ACTIONS[name](world, value)
    except (StripeError, ValueError, KeyError) as refused:
        words = f"That is not possible: {refused}"
    return show(world, id, form, words)


def _change_card(world: World, value: str) -> None:
    number, customer = value.split(" ")
    people.change_card(world, customer, CARDS[number])


def _choose_way(world: World, value: str) -> None:
    if isinstance(world.deliver, Deliveries) and value in get_args(Way):
        world.deliver.way = cast(Way, value)


def _flush(world: World, value: str) -> None:
    if isinstance(world.deliver, Deliveries):
        world.deliver.flush()


ACTIONS: dict[str, Callable[[World, str], object]] = {
    "card": _change_card,
    "step": people.pass_time,
    "refund": people.refund,
    "dispute": people.open_dispute,
    "won": partial(people.close_dispute, status="won"),
    "lost": partial(people.close_dispute, status="lost"),
    "delete": people.delete_customer,
    "way": _choose_way,
    "flush": _flush,
}
"""What each button does, by its name, with its value."""


def _webhooks(world: World) -> str:
    if not isinstance(world.deliver, Deliveries):
        return ""
    ways = [("way", way, words) for way, words in WAYS]
    chosen = get_args(Way).index(world.deliver.way)
    flush = buttons(("flush", "now", "Deliver what is held"))
    return f"<section><h2>Webhooks come</h2>{buttons(*ways, main=chosen)}{flush}</section>"


def _customer(world: World, row: Row) -> str:
    mine = [each for each in world.all("subscription") if each["customer"] == row["id"]]
    charges = [each for each in world.all("charge") if each["customer"] == row["id"] and each["paid"]]
    cards = buttons(*((name, f"{number} {row['id']}", words) for name, number, words in CARD_CHOICES))
    return (
        f"<section><h2>{escape(row['email'] or row['id'])}</h2>"
        + "".join(_subscription(world, each) for each in reversed(mine))
        + "".join(_charge(world, each) for each in reversed(charges))
        + f"<h3>Use another card</h3>{cards}"
        + buttons(("delete", row["id"], "Delete this customer"))
        + "</section>"
    )


def _subscription(world: World, row: Row) -> str:
    item = item_of(row)
    step = None if row["ended_at"] else next_step(world, row)
    about = facts(
        ("Status", row["status"]),
        ("Price", money(item["price"]["unit_amount"], row["currency"])),
        ("Period ends", moment(item["current_period_end"])),
        *([("Next", f"{step.title}, {moment(step.at)}")] if step else []),
    )
    pass_time = buttons(("step", row["id"], "Let this time pass")) if step else ""
    return f"<h3>Subscription</h3>{about}{pass_time}"


def _charge(world: World, row: Row) -> str:
    disputes = [each for each in world.all("dispute") if each["charge"] == row["id"]]
    about = facts(
        ("Paid", f"{money(row['amount'], row['currency'])}, {moment(row['created'])}"),
        ("Refunded", money(row["amount_refunded"], row["currency"])),
        *(("Dispute", each["status"]) for each in disputes),
    )
    choices = [] if row["refunded"] or row["disputed"] else [("refund", row["id"], "Refund")]
    if not row["disputed"]:
        choices.append(("dispute", row["id"], "Dispute"))
    for each in disputes:
        if each["status"] == "needs_response":
            choices += [("won", each["id"], "We win"), ("lost", each["id"], "We lose")]
    return f"<h3>Payment</h3>{about}{buttons(*choices)}"
