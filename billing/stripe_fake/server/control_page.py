"""The page of the play: what banks, time and staff would do."""

from __future__ import annotations

from html import escape

from starlette.responses import Response

from billing.stripe_fake import people
from billing.stripe_fake.cards import CARDS
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


def show(world: World, id: str, form: Row, words: str = "") -> Response:
    customers = [_customer(world, each) for each in reversed(world.all("customer"))]
    return page("A Stripe to play with", ABOUT, said(words), *customers)


def act(world: World, id: str, form: Row) -> Response:
    words = ""
    try:
        _act(world, form)
    except (StripeError, ValueError) as refused:
        words = str(refused)
    return show(world, id, form, words)


def _act(world: World, form: Row) -> None:
    if "card" in form:
        number, customer = form["card"].split(" ")
        people.change_card(world, customer, CARDS[number])
    if "step" in form:
        people.pass_time(world, form["step"])
    if "refund" in form:
        people.refund(world, form["refund"])
    if "dispute" in form:
        people.open_dispute(world, form["dispute"])
    for status in ("won", "lost"):
        if status in form:
            people.close_dispute(world, form[status], "won" if status == "won" else "lost")
    if "delete" in form:
        people.delete_customer(world, form["delete"])


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
