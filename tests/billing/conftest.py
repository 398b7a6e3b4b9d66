from types import SimpleNamespace

import pytest
from django.db import connection, transaction

from accounts.models import User
from billing.ledger import hold_credits, open_credit_account
from billing.models import CreditAccount
from billing.models.append_only import protecting, unprotecting

REFERENCE = "job:1"


def balances(owner) -> tuple[int, int, int]:
    """Available, reserved, spent."""
    return CreditAccount.objects.values_list("available", "reserved", "spent").get(owner=owner)


@pytest.fixture
def cast(db) -> SimpleNamespace:
    """Owner and another user whom billing has not met yet: unlike everywhere else nobody gave them credits to try with."""
    return SimpleNamespace(
        **{name: User.objects.create_user(f"{name}@example.org") for name in ("owner", "other")}
    )


@pytest.fixture
def account(cast):
    """The owner's account: 50 credits."""
    return open_credit_account(cast.owner)


@pytest.fixture
def held(cast, account) -> str:
    """A reference with an open hold of 8 of the 50 credits."""
    with transaction.atomic():
        hold_credits(owner_id=cast.owner.pk, amounts={REFERENCE: 8}, label="cinematic")
    return REFERENCE


@pytest.fixture
def protected_entries(db):
    """The triggers, which the tests' own database on SQLite lacks; they go with the test's transaction."""
    with connection.cursor() as cursor:
        for statement in protecting(connection.vendor):
            cursor.execute(statement)


@pytest.fixture
def unprotected_entries(db):
    """The ledger as somebody finds it who has every right in the database; ends with the test's transaction."""
    with connection.cursor() as cursor:
        for statement in unprotecting(connection.vendor):
            cursor.execute(statement)
