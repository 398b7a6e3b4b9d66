"""The page of an invoice, on which people pay what is open."""

from __future__ import annotations

from starlette.responses import Response

from billing.stripe_fake import people
from billing.stripe_fake.cards import ASKS_ALWAYS, CARDS, DECLINED, GOOD
from billing.stripe_fake.flows.collecting import intent_of
from billing.stripe_fake.server.checkout_page import BANK
from billing.stripe_fake.server.html import buttons, facts, moment, money, page, said
from billing.stripe_fake.world import Row, World


def show(world: World, id: str, form: Row, words: str = "") -> Response:
    invoice = world.find("invoice", id)
    lines = [
        (each["description"], money(each["amount"], each["currency"])) for each in invoice["lines"]["data"]
    ]
    about = facts(
        ("Date", moment(invoice["created"])),
        ("Status", invoice["status"]),
        *lines,
        ("To pay", money(invoice["amount_remaining"], invoice["currency"])),
    )
    return page(f"Invoice {invoice['number'] or '(draft)'}", said(words), about, _choices(world, invoice))


def act(world: World, id: str, form: Row) -> Response:
    """Pays with the chosen card, or answers the bank."""
    invoice = world.find("invoice", id)
    words = ""
    if invoice["status"] == "open" and "bank" in form and _waits(world, invoice):
        people.confirm_invoice(world, id, agrees=form["bank"] == "agree")
    elif invoice["status"] == "open":
        people.pay_invoice(world, id, CARDS.get(form.get("card", ""), DECLINED))
    if invoice["status"] == "open" and not _waits(world, invoice):
        words = "That did not work. Nothing was paid."
    return show(world, id, form, words)


def _choices(world: World, invoice: Row) -> str:
    if invoice["status"] != "open":
        return ""
    if _waits(world, invoice):
        return "<h2>Your bank asks: is it you who pays?</h2>" + BANK
    return buttons(
        ("card", GOOD.number, "Pay"),
        ("card", DECLINED.number, "Card is declined"),
        ("card", ASKS_ALWAYS.number, "Bank asks to confirm"),
        main=0,
    )


def _waits(world: World, invoice: Row) -> bool:
    return bool(intent_of(world, invoice)["status"] == "requires_action")
