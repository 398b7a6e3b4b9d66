"""Invoices as the billing page lists them. Stripe's pages show them whole."""

from __future__ import annotations

from billing.models import CreditAccount, Invoice
from billing.selling import is_selling, of_our_mode

MOST_SHOWN = 12
_HIDDEN = ("draft", "void")
"""Not sent yet, or withdrawn."""


def invoices_of(account: CreditAccount) -> list[Invoice]:
    """The newest invoices of the account, in the order of pages. One query.

    Those of both modes of Stripe where nothing is sold any more: people need what they paid for.
    """
    sent = Invoice.objects.filter(customer__account=account).exclude(status__in=_HIDDEN)
    return list((of_our_mode(sent) if is_selling() else sent)[:MOST_SHOWN])


def to_be_paid(invoices: list[Invoice]) -> Invoice | None:
    """The invoice that waits for the person: Stripe's page of it takes a payment, or the bank's confirmation."""
    return next((each for each in invoices if each.status == "open" and each.hosted_url), None)
