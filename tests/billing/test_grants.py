import pytest
from django.db import IntegrityError, transaction

from billing.ledger import adjust, grant
from billing.models import LedgerEntry
from creator.lib.errors import Refused
from tests.billing.conftest import balances

JULY = {"source": "invoice", "source_id": "in_1/li_1", "reason": "July"}
BY_HAND = {"source": "staff", "source_id": "1", "reason": "A node had a bad day"}


def given():
    found = LedgerEntry.objects.filter(hold=None).exclude(source="monthly").order_by("pk")
    return list(found.values_list("kind", "amount", "reason"))


def test_a_grant_is_given_once(cast, held):
    assert grant(owner_id=cast.owner.pk, amount=1000, **JULY) is True
    assert grant(owner_id=cast.owner.pk, amount=1000, **JULY) is False
    assert balances(cast.owner) == (1042, 8, 0)
    assert given() == [("grant", 1000, "July")]


def test_another_line_of_the_same_invoice_is_another_grant(cast, account):
    for line in ("in_1/li_1", "in_1/li_2"):
        assert grant(owner_id=cast.owner.pk, amount=5, **JULY | {"source_id": line}) is True
    assert balances(cast.owner) == (60, 0, 0)


def test_what_one_account_got_another_does_not_get_again(cast, account):
    assert grant(owner_id=cast.owner.pk, amount=5, **JULY) is True
    assert grant(owner_id=cast.other.pk, amount=5, **JULY) is False
    assert (balances(cast.owner), balances(cast.other)) == ((55, 0, 0), (50, 0, 0))


def test_a_grant_does_not_take(cast, account):
    with pytest.raises(ValueError, match="adjustment"):
        grant(owner_id=cast.owner.pk, amount=-1, **JULY)


def test_a_grant_without_a_source_is_refused_by_the_database(cast, account):
    with pytest.raises(IntegrityError), transaction.atomic():
        grant(owner_id=cast.owner.pk, amount=1, source="", source_id="", reason="")
    assert balances(cast.owner) == (50, 0, 0)


@pytest.mark.parametrize(("amount", "left"), [(30, 72), (-30, 12), (-42, 0)])
def test_an_adjustment_goes_both_ways_once(cast, held, amount, left):
    assert adjust(owner_id=cast.owner.pk, amount=amount, **BY_HAND) is True
    assert adjust(owner_id=cast.owner.pk, amount=amount, **BY_HAND) is False
    assert balances(cast.owner) == (left, 8, 0)
    assert given() == [("adjust", amount, "A node had a bad day")]


def test_an_adjustment_takes_no_more_than_is_available(cast, held):
    with pytest.raises(Refused) as refused:
        adjust(owner_id=cast.owner.pk, amount=-43, **BY_HAND)
    assert (refused.value.code, refused.value.details) == (
        "insufficient_credits", {"available": 42, "needed": 43},
    )  # fmt: skip
    assert balances(cast.owner) == (42, 8, 0)


def test_an_adjustment_has_a_reason(cast, account):
    with pytest.raises(ValueError, match="reason"):
        adjust(owner_id=cast.owner.pk, amount=1, **BY_HAND | {"reason": " "})
