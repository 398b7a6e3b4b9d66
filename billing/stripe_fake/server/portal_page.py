"""The customer portal: the card, the invoices, and the end of a subscription."""

from __future__ import annotations

from html import escape

from starlette.responses import Response

from billing.stripe_fake import people
from billing.stripe_fake.cards import ASKS_ALWAYS, CARDS, FAILS_LATER, GOOD
from billing.stripe_fake.resources.payment_methods import card_of
from billing.stripe_fake.resources.subscriptions import item_of
from billing.stripe_fake.server.html import buttons, facts, link, moment, money, page, said
from billing.stripe_fake.world import Row, World

CARD_CHOICES = (
    ("card", GOOD.number, "A card that pays"),
    ("card", FAILS_LATER.number, "A card that fails later"),
    ("card", ASKS_ALWAYS.number, "A card whose bank always asks"),
)


def show(world: World, id: str, form: Row, words: str = "") -> Response:
    session = world.find("billing_portal.session", id)
    back = link(session["return_url"], "Go back") if session["return_url"] else ""
    mine = [each for each in world.all("subscription") if each["customer"] == session["customer"]]
    running = "".join(_subscription(world, each) for each in mine if each["ended_at"] is None)
    card = f"<section><h2>Use another card</h2>{buttons(*CARD_CHOICES)}</section>"
    return page("Your subscription and invoices", said(words), back, running, card, _invoices(world, session))


def act(world: World, id: str, form: Row) -> Response:
    """Changes the card, or cancels or keeps a subscription."""
    customer = world.find("billing_portal.session", id)["customer"]
    words = ""
    if form.get("card") in CARDS:
        people.change_card(world, customer, CARDS[form["card"]])
    for name, is_cancelled in (("cancel", "true"), ("keep", "false")):
        if name in form and world.find("subscription", form[name])["customer"] == customer:
            path = f"/v1/subscriptions/{form[name]}"
            status, body = world.handle("POST", path, {"cancel_at_period_end": is_cancelled})
            words = "" if status == 200 else body["error"]["message"]
    return show(world, id, form, words)


def _subscription(world: World, row: Row) -> str:
    item = item_of(row)
    about = facts(
        ("Status", row["status"]),
        ("Price", money(item["price"]["unit_amount"], row["currency"])),
        ("Period ends", moment(item["current_period_end"])),
        ("Ends", moment(row["cancel_at"])),
        ("Card", card_of(world, row["default_payment_method"]).title),
    )
    if row["cancel_at_period_end"]:
        choice = ("keep", row["id"], "Keep the subscription")
    else:
        choice = ("cancel", row["id"], "Cancel at the end of the period")
    return f"<section><h2>Subscription</h2>{about}{buttons(choice)}</section>"


def _invoices(world: World, session: Row) -> str:
    mine = [each for each in reversed(world.all("invoice")) if each["customer"] == session["customer"]]
    rows = "".join(
        f'<li><a href="{escape(each["hosted_invoice_url"])}">{escape(each["number"])}</a>: '
        f"{money(each['total'], each['currency'])}, {each['status']}</li>"
        for each in mine
        if each["number"]
    )
    return f"<section><h2>Invoices</h2><ul>{rows}</ul></section>"
