"""Asks Stripe about all customers who pay, and shows what differed."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from stripe import StripeError

from billing.models import CreditAccount, Customer
from billing.payments.bell import want_look
from billing.payments.client import stripe_client
from billing.payments.look import look_at_customers
from billing.payments.reconcile import catch_up, paying, want_all
from creator.lib.formatting import count

State = Mapping[str, object]


class Command(BaseCommand):
    help = "Takes in events that no webhook brought, looks at all customers who pay, and shows what differed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--customer", help="only this customer of Stripe's, such as cus_…, also one that pays nothing"
        )

    def handle(self, *, customer: str | None, **options: Any) -> None:
        if stripe_client() is None:
            raise CommandError("This installation sells nothing: STRIPE_SECRET_KEY is not set.")
        before = _states()
        if customer:
            self._look_at(customer)
        else:
            self._look_at_all()
        after = _states()
        for account_id, state in after.items():
            for line in _differences(before.get(account_id, {}), state):
                self.stdout.write(f"account {account_id}: {line}")
        changed = sum(before.get(each) != state for each, state in after.items())
        self.stdout.write(f"{count(changed, 'account')} differed from what Stripe says.")
        self._complain()

    def _look_at(self, customer_id: str) -> None:
        if not want_look(Customer.objects.filter(customer_id=customer_id)):
            raise CommandError(f"There is no customer {customer_id}.")
        look_at_customers()

    def _look_at_all(self) -> None:
        try:
            missed = catch_up()
        except StripeError as error:
            raise CommandError(f"Stripe does not list its events: {type(error).__name__}.") from error
        want_all()
        self.stdout.write(
            f"{count(missed, 'event')} had not come. {count(paying().count(), 'customer')} pay."
        )
        look_at_customers()

    def _complain(self) -> None:
        """Customers whose look failed are tried again by the workers."""
        failed = Customer.objects.filter(wanted_at__isnull=False, failures__gt=0)
        for row in failed:
            self.stdout.write(f"{row.customer_id}: {row.last_error}, tried {count(row.failures, 'time')}")
        if failed:
            raise CommandError("Not all customers could be looked at.")


def _states() -> dict[int, State]:
    """What payments decide, by account."""
    accounts = CreditAccount.objects.filter(customers__isnull=False).distinct()
    columns = ("plan_id", "period_ends_at", "blocked_from", "granted", "available", "debt")
    states: dict[int, dict[str, object]] = {
        row["pk"]: {name: row[name] for name in columns} for row in accounts.values("pk", *columns)
    }
    customers = Customer.objects.order_by("pk")
    for account_id, name, status in customers.values_list(
        "account_id", "subscriptions__subscription_id", "subscriptions__status"
    ):
        if name:
            states[account_id][name] = status
    return dict(states)


def _differences(before: State, after: State) -> list[str]:
    return [
        f"{name} {before.get(name)} → {value}" for name, value in after.items() if before.get(name) != value
    ]
