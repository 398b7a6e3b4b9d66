"""Asks Stripe for all that is needed of one customer. No transaction may be open: an answer can take seconds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import islice
from typing import Any

from stripe import StripeClient

from billing.payments.sync.facts import Facts
from billing.payments.sync.reading import read_facts, read_invoice

PAGE = 100
MOST = 300
"""Of each kind of object, so many of the newest are read. Older ones were read by earlier looks."""
Object = Mapping[str, Any]
Answer = dict[str, Any]


def ask(client: StripeClient, customer_id: str) -> Facts:
    """Five or six requests, and more for what has several pages. Raises `stripe.StripeError`.

    A customer whom Stripe has deleted is part of the answer. One whom it has never known is an error: then it is
    the key that is wrong, and no person may lose a plan.
    """
    v1 = client.v1
    of_customer = {"customer": customer_id, "limit": PAGE}
    customer = v1.customers.retrieve(customer_id).to_dict()
    subscriptions = _all(v1.subscriptions, of_customer, status="all", expand=["data.schedule"])
    invoices = _all(v1.invoices, of_customer, expand=["data.payments"])
    charges = _all(v1.charges, of_customer, expand=["data.refunds"])
    for each in invoices:
        _complete(each, "lines", partial(v1.invoices.line_items.list, each["id"]))
        _complete(each, "payments", v1.invoice_payments.list, invoice=each["id"])
    for each in charges:
        _complete(each, "refunds", v1.refunds.list, charge=each["id"])
    sessions = _all(v1.checkout.sessions, of_customer)
    disputed = (charge["id"] for charge in charges if charge["disputed"])
    return read_facts(
        customer,
        subscriptions,
        invoices,
        charges,
        sessions,
        disputes=[
            each for charge in disputed for each in _all(v1.disputes, {"charge": charge, "limit": PAGE})
        ],
        payments=[v1.payment_intents.retrieve(each).to_dict() for each in _unpaid(invoices)],
    )


def _all(service: Any, of: Object, **more: Any) -> list[Answer]:
    """Newest first, page by page."""
    found = service.list({**of, **more}).auto_paging_iter()
    return [each.to_dict() for each in islice(found, MOST)]


def _complete(whole: Answer, name: str, read: Callable[[Any], Any], **of: str) -> None:
    """Reads a list inside an object anew if it goes on: Stripe puts ten of its rows there.

    https://docs.stripe.com/api/pagination. Credits are counted from all of them.
    """
    if (whole.get(name) or {}).get("has_more"):
        found = read({**of, "limit": PAGE}).auto_paging_iter()
        whole[name] = {"data": [each.to_dict() for each in found]}


def _unpaid(invoices: Iterable[Object]) -> Iterator[str]:
    """The payments of invoices whose payment was tried in vain."""
    for invoice in map(read_invoice, invoices):
        if invoice.is_unpaid:
            yield from invoice.payment_ids
