"""Whether this installation sells, and where a person gets more: on the pricing page, or from the people who run it."""

from __future__ import annotations

from django.conf import settings

PRICING = "/pricing/"
Facts = dict[str, str]


def is_selling() -> bool:
    """Whether people can buy here: from Stripe, or from the fake one that moves no money."""
    return bool(settings.CONFIG.stripe or settings.CONFIG.stripe_secret_key)


def ask_for(what: str) -> tuple[str, Facts]:
    """Where a refused person gets `what`, such as "more credits": a sentence, and facts for `Refused`.

    Pages make a link of the fact `pricing`, the address of the pricing page.
    """
    if is_selling():
        return f"You get {what} on the pricing page.", {"pricing": PRICING}
    return f"Ask the people who run this site for {what}.", {}
