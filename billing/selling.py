"""Whether this installation sells, and where a person gets more: on the pricing page, or from the people who run it."""

from __future__ import annotations

from typing import TypeVar

from django.conf import settings
from django.db.models import Model, QuerySet

PRICING = "/pricing/"
NO_LARGER_PLAN = "No plan allows more."
Facts = dict[str, str]
OfCustomer = TypeVar("OfCustomer", bound=Model)


def is_selling() -> bool:
    """Whether people can buy here: from Stripe, or from the fake one that moves no money."""
    return bool(settings.CONFIG.stripe or settings.CONFIG.stripe_secret_key)


def name_plan(title: str, more: str) -> tuple[str, Facts]:
    """Says which plan allows `more`, such as "500" or "20 MB", and where it is sold; the facts as those of `ask_for`."""
    return f"The {title} plan allows {more}: see the pricing page.", {"pricing": PRICING}


def of_our_mode(rows: QuerySet[OfCustomer]) -> QuerySet[OfCustomer]:
    """Those subscriptions or invoices that are of the same mode of Stripe as our key: test or live, never both."""
    return rows.filter(customer__is_live=settings.CONFIG.stripe_is_live)


def ask_for(what: str) -> tuple[str, Facts]:
    """Where a refused person gets `what`, such as "more credits": a sentence, and facts for `Refused`.

    Pages make a link of the fact `pricing`, the address of the pricing page.
    """
    if is_selling():
        return f"You get {what} on the pricing page.", {"pricing": PRICING}
    return f"Ask the people who run this site for {what}.", {}
