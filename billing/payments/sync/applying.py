"""One look's transaction: all that follows from what Stripe said, or nothing of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Coalesce

from billing.enums import RUNNING, SubscriptionStatus
from billing.models import CreditAccount, Customer, Subscription
from billing.notifications.payments import tell_of_end, tell_of_failure, tell_of_start
from billing.payments.sync.auditing import audit_once
from billing.payments.sync.crediting import enter_grants
from billing.payments.sync.facts import Facts, Invoice
from billing.payments.sync.following import follow
from billing.payments.sync.plans import PlansByPrice
from billing.payments.sync.rows import begun, close_requests, write_invoices, write_subscriptions
from billing.payments.sync.taking_back import enter_take_backs
from creator.lib.clock import database_now
from creator.lib.formatting import money
from creator.platform.background import finish


def apply(customer: Customer, facts: Facts, *, asked_at: datetime) -> None:
    """`asked_at`: by the database's clock, before Stripe was asked.

    Raises LeaseLost, and has written nothing, if another worker has the customer by now. The account is locked last.
    """
    with transaction.atomic(durable=True):
        _finish_look(customer, facts, asked_at)
        account = CreditAccount.objects.select_related("owner").get(pk=customer.account_id)
        plan_of = PlansByPrice(customer)
        known = set(begun(customer).values_list("pk", flat=True))
        ended = write_subscriptions(customer, facts, plan_of, asked_at)
        tried = write_invoices(customer, facts, asked_at)
        close_requests(customer, facts)
        follow(account, facts, plan_of, ended)
        enter_grants(account, facts, plan_of)
        enter_take_backs(account, facts)
        _tell_of_start(customer, account, facts, known)
        _tell(account, facts, tried, ended)
        _report(customer, facts)


def _tell_of_start(customer: Customer, account: CreditAccount, facts: Facts, known: set[int]) -> None:
    """Tells of the subscription that gives the plan, if it has begun since the last look."""
    started = begun(customer).filter(subscription_id=facts.current.id if facts.current else "")
    for row in started.filter(status__in=RUNNING).exclude(pk__in=known).select_related("plan"):
        tell_of_start(account, row)


def _tell(
    account: CreditAccount, facts: Facts, tried: Sequence[Invoice], ended: Sequence[Subscription]
) -> None:
    account.refresh_from_db(fields=["plan", "blocked_from"])
    for invoice in tried:
        paid_for = facts.subscription(invoice.subscription_id)
        if paid_for and paid_for.status is SubscriptionStatus.PAST_DUE:
            tell_of_failure(
                account,
                invoice_id=invoice.id,
                attempt=invoice.attempts,
                amount=money(invoice.total_cents, invoice.currency),
                needs_step=invoice.needs_step,
            )
    for row in ended if facts.current is None else ():
        end = facts.subscription(row.subscription_id)
        tell_of_end(account, row, is_unpaid=end is not None and end.ends_unpaid)


def _finish_look(customer: Customer, facts: Facts, asked_at: datetime) -> None:
    """Gives the lease back, which locks the row until the commit. A look that was asked for during this one stays wanted.

    A customer who was deleted after Stripe was asked stays deleted, although its answer still has them.
    """
    deleted = {"deleted_at": Coalesce("deleted_at", Value(asked_at))} if facts.is_deleted else {}
    finish(customer, due_at=database_now(), looked_at=asked_at, failures=0, last_error="", **deleted)
    row = Customer.objects.filter(pk=customer.pk)
    if row.values_list("wanted_at", flat=True).get() == customer.wanted_at:
        row.update(wanted_at=None)


def _report(customer: Customer, facts: Facts) -> None:
    """What staff should know of."""
    subject, details = f"customer:{customer.customer_id}", {"account": customer.account_id}
    if facts.is_deleted:
        audit_once("customer_deleted", subject, details)
    if len([each for each in facts.subscriptions if each.is_live]) > 1:
        audit_once("several_subscriptions", subject, details)
