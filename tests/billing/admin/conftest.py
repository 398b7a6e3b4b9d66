import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import User
from billing.models import Plan


def staff_member(name: str, **fields) -> User:
    """A member of the staff with a confirmed address."""
    member = User.objects.create_user(f"{name}@example.org", is_staff=True, **fields)
    EmailAddress.objects.create(user=member, email=member.email, primary=True, verified=True)
    return member


def signed_in(member: User) -> Client:
    client = Client(headers={"Accept": "text/html"})
    client.force_login(member)
    return client


@pytest.fixture
def boss(db) -> User:
    return staff_member("boss", is_superuser=True)


@pytest.fixture
def pages(boss) -> Client:
    return signed_in(boss)


@pytest.fixture
def looker(db) -> Client:
    """A member of the staff who may look at credits and no more."""
    member = staff_member("looker")
    member.user_permissions.add(Permission.objects.get(codename="view_creditaccount"))
    return signed_in(member)


@pytest.fixture
def plan_form():
    """What the form of a plan sends: the plan's columns, with changes."""

    def fields(slug: str, **changes) -> dict:
        plan = Plan.objects.get(pk=slug)
        names = [field.name for field in Plan._meta.concrete_fields if field.name != "slug"]
        values = {name: getattr(plan, name) for name in names} | changes
        return {name: value for name, value in values.items() if value is not False}

    return fields
