from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import User
from billing.ledger import hold_credits, open_credit_account
from billing.models import CreditAccount, Customer, Subscription
from billing.models.append_only import protecting, unprotecting

REFERENCE = "job:1"
DAY = timedelta(days=1)


def balances(owner) -> tuple[int, int, int]:
    """Returns (available, reserved, spent)."""
    return CreditAccount.objects.values_list("available", "reserved", "spent").get(owner=owner)


@pytest.fixture
def cast(db) -> SimpleNamespace:
    """Replaces the shared `cast`: an owner and another user, neither with a credit account yet."""
    return SimpleNamespace(
        **{name: User.objects.create_user(f"{name}@example.org") for name in ("owner", "other")}
    )


@pytest.fixture
def account(cast):
    """The owner's credit account, opened with 50 credits."""
    return open_credit_account(cast.owner)


@pytest.fixture
def held(cast, account) -> str:
    """The reference of an open hold: 8 of the owner's 50 credits."""
    with transaction.atomic():
        hold_credits(owner_id=cast.owner.pk, amounts={REFERENCE: 8}, label="cinematic")
    return REFERENCE


@pytest.fixture
def protected_entries(db):
    """Adds the ledger's triggers, which the SQLite test database lacks; the test's rollback removes them."""
    with connection.cursor() as cursor:
        for statement in protecting(connection.vendor):
            cursor.execute(statement)


@pytest.fixture
def unprotected_entries(db):
    """Drops the ledger's triggers, as a database superuser could; the test's rollback restores them."""
    with connection.cursor() as cursor:
        for statement in unprotecting(connection.vendor):
            cursor.execute(statement)


@pytest.fixture
def day(time_machine):
    """Moves the clock to so many days after the test's beginning."""
    start = timezone.now()

    def move(days: float):
        time_machine.move_to(start + days * DAY, tick=False)
        return timezone.now()

    move(0)
    return move


@pytest.fixture
def make_subscription(db):
    """Makes the row of a subscription to the Creator plan, with its customer."""

    def make(account: CreditAccount, **fields) -> Subscription:
        customer = Customer.objects.create(account=account, customer_id=f"cus_{account.pk}", is_live=False)
        now = timezone.now()
        values = {
            "subscription_id": f"sub_{account.pk}",
            "plan_id": "creator",
            "status": "active",
            "period_starts_at": now,
            "period_ends_at": now + timedelta(days=30),
            "asked_at": now,
        }
        return Subscription.objects.create(customer=customer, **values | fields)

    return make
