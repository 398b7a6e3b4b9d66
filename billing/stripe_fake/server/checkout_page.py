"""The page on which people pay for a checkout session."""

from __future__ import annotations

from starlette.responses import Response

from billing.stripe_fake import people
from billing.stripe_fake.cards import ASKS_ONCE, CARDS, DECLINED, FAILS_LATER, GOOD
from billing.stripe_fake.resources.checkout_sessions import line_items
from billing.stripe_fake.resources.subscriptions import DAY_S
from billing.stripe_fake.server.html import buttons, facts, go, link, moment, money, page, said
from billing.stripe_fake.world import Row, World

BANK = buttons(("bank", "agree", "Confirm the payment"), ("bank", "refuse", "Refuse it"), main=0)


def show(world: World, id: str, form: Row, words: str = "") -> Response:
    session = world.find("checkout.session", id)
    if session["status"] != "open":
        return _ended(session)
    sold = facts(
        ("You buy", line_items(world, session)[0]["description"]),
        ("To pay now", money(session["amount_total"], session["currency"])),
        *_trial(world, session),
    )
    if world.hidden[id].get("waits"):
        return page("Your bank asks: is it you who pays?", said(words), sold, BANK)
    pay = "Start the trial" if not session["amount_total"] else "Pay"
    choices = buttons(
        ("card", GOOD.number, pay),
        ("card", DECLINED.number, "Card is declined"),
        ("card", ASKS_ONCE.number, "Bank asks to confirm"),
        ("card", FAILS_LATER.number, f"{pay}, later payments fail"),
        main=0,
    )
    back = link(session["cancel_url"], "Go back without paying") if session["cancel_url"] else ""
    return page("Checkout", said(words), sold, choices, back)


def act(world: World, id: str, form: Row) -> Response:
    """Pays with the chosen card, or answers the bank."""
    session = world.find("checkout.session", id)
    if session["status"] != "open":
        return _ended(session)
    if "bank" in form and world.hidden[id].get("waits"):
        people.confirm_checkout(world, id, agrees=form["bank"] == "agree")
        words = "Your bank did not confirm. Nothing was paid."
    else:
        outcome = people.pay_checkout(world, id, CARDS.get(form.get("card", ""), DECLINED))
        words = "" if outcome == "requires_action" else "The card was declined. Nothing was paid."
    if session["status"] == "complete":
        return go(session["success_url"].replace("{CHECKOUT_SESSION_ID}", id))
    return show(world, id, form, words)


def _trial(world: World, session: Row) -> list[tuple[str, str]]:
    hidden = world.hidden[session["id"]]
    if not hidden["trial_days"]:
        return []
    then = money(world.find("price", hidden["price"])["unit_amount"], session["currency"])
    return [("Free until", moment(world.now + hidden["trial_days"] * DAY_S)), ("Then", f"{then} a month")]


def _ended(session: Row) -> Response:
    words = {"complete": "You have paid.", "expired": "This checkout has expired. Nothing was paid."}
    back = session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"])
    if session["status"] == "expired":
        back = session["cancel_url"] or back
    return page(words[session["status"]], link(back, "Go back"))
