import pytest
from django.db import IntegrityError, transaction

from billing.ledger import hold_credits, holds, open_credit_account, release, settle
from billing.models import CreditAccount, Hold, LedgerEntry
from creator.lib.errors import Refused
from tests.billing.conftest import balances


def entries(reference):
    return list(
        LedgerEntry.objects.filter(hold__reference=reference).order_by("pk").values_list("kind", "amount")
    )


def test_a_hold_moves_credits_aside(cast, held):
    assert balances(cast.owner) == (42, 8, 0)
    assert Hold.objects.values_list("reference", "amount", "label", "state", "closed_at").get() == (
        held, 8, "cinematic", "open", None,
    )  # fmt: skip
    assert entries(held) == [("hold", 8)]


def test_settling_spends(cast, held):
    assert settle(held) is True
    assert balances(cast.owner) == (42, 0, 8)
    assert entries(held) == [("hold", 8), ("settle", 8)]


def test_releasing_gives_back(cast, held):
    assert release(held) is True
    assert balances(cast.owner) == (50, 0, 0)
    assert entries(held) == [("hold", 8), ("release", 8)]


@pytest.mark.parametrize("again", [settle, release])
@pytest.mark.parametrize(("close", "left"), [(settle, (42, 0, 8)), (release, (50, 0, 0))])
def test_a_hold_is_closed_once(cast, held, close, again, left):
    assert close(held) is True
    assert again(held) is False
    assert (balances(cast.owner), len(entries(held))) == (left, 2)


@pytest.mark.parametrize("close", [settle, release])
def test_closing_what_was_never_held_does_nothing(cast, held, close):
    assert close("job:unknown") is False
    assert balances(cast.owner) == (42, 8, 0)


def test_a_batch_is_held_in_one_go(cast, account, django_assert_num_queries):
    amounts = {f"job:{number}": number % 3 for number in range(9)}
    with django_assert_num_queries(6):
        hold_credits(owner_id=cast.owner.pk, amounts=amounts, label="cinematic")
    assert balances(cast.owner) == (50 - 9, 9, 0)
    assert dict(Hold.objects.values_list("reference", "amount")) == amounts


@pytest.mark.parametrize(("close", "statements"), [(settle, 3), (release, 6)])
def test_closing_takes_few_statements(held, close, statements, django_assert_num_queries):
    with django_assert_num_queries(statements):
        close(held)


def test_more_than_there_is_is_refused_with_figures(cast, held):
    with pytest.raises(Refused) as refused:
        hold_credits(owner_id=cast.owner.pk, amounts={"job:2": 40, "job:3": 3}, label="cinematic")
    assert (refused.value.code, refused.value.status) == ("insufficient_credits", 402)
    assert refused.value.details == {"available": 42, "needed": 43}
    assert refused.value.message.startswith("This needs 43 credits and you have 42.")
    assert (balances(cast.owner), Hold.objects.count()) == ((42, 8, 0), 1)


def test_credits_that_come_back_while_it_is_decided_are_taken(cast, held, monkeypatch):
    """The first try finds too few credits; then another transaction releases its hold."""
    move, looks = holds._move_if_allowed, []

    def move_if_allowed(owner_id, wanted, now):
        looks.append(wanted.credits)
        if len(looks) == 1:
            assert (move(owner_id, wanted, now), release(held)) == (None, True)
            return None
        return move(owner_id, wanted, now)

    monkeypatch.setattr(holds, "_move_if_allowed", move_if_allowed)
    hold_credits(owner_id=cast.owner.pk, amounts={"job:2": 50}, label="cinematic")
    assert (looks, balances(cast.owner)) == ([50, 50], (0, 50, 0))


def test_the_last_credit_can_be_held(cast, held):
    hold_credits(owner_id=cast.owner.pk, amounts={"job:2": 42}, label="cinematic")
    assert balances(cast.owner) == (0, 50, 0)


def test_nothing_to_pay_is_held_and_settled_even_without_credits(cast, held):
    hold_credits(owner_id=cast.owner.pk, amounts={"job:2": 42}, label="cinematic")
    hold_credits(owner_id=cast.owner.pk, amounts={"job:free": 0}, label="film_look")
    assert settle("job:free") is True
    assert settle("job:free") is False
    assert (balances(cast.owner), entries("job:free")) == ((0, 50, 0), [("hold", 0), ("settle", 0)])


def test_no_amounts_are_no_holds(cast, account):
    hold_credits(owner_id=cast.owner.pk, amounts={}, label="cinematic")
    assert (balances(cast.owner), Hold.objects.count()) == ((50, 0, 0), 0)


def test_a_reference_has_one_open_hold(cast, held):
    with pytest.raises(IntegrityError), transaction.atomic():
        hold_credits(owner_id=cast.owner.pk, amounts={held: 1}, label="cinematic")
    assert balances(cast.owner) == (42, 8, 0)


def test_a_closed_reference_can_be_held_again(cast, held):
    release(held)
    hold_credits(owner_id=cast.owner.pk, amounts={held: 5}, label="cinematic")
    assert settle(held) is True
    assert list(Hold.objects.order_by("pk").values_list("amount", "state")) == [
        (8, "released"),
        (5, "settled"),
    ]
    assert balances(cast.owner) == (45, 0, 5)


def test_a_negative_hold_is_refused(cast, account):
    with pytest.raises(ValueError, match="cannot be negative"):
        hold_credits(owner_id=cast.owner.pk, amounts={"job:1": 5, "job:2": -5}, label="cinematic")


def test_others_credits_stay_where_they_are(cast, held):
    open_credit_account(cast.other)
    hold_credits(owner_id=cast.other.pk, amounts={"job:2": 9}, label="cinematic")
    settle(held)
    assert (balances(cast.owner), balances(cast.other)) == ((42, 0, 8), (41, 9, 0))


@pytest.mark.parametrize("numbers", [{"available": -1}, {"reserved": -1}, {"available": 51}])
def test_the_database_refuses_balances_that_cannot_be(account, numbers):
    with pytest.raises(IntegrityError), transaction.atomic():
        CreditAccount.objects.update(**numbers)
