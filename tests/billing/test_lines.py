"""What happened to the credits of a job, as its owner reads it."""

import pytest
from django.db import transaction

from billing.enums import LineKind
from billing.ledger import Line, hold_credits, lines_of, release, settle
from billing.models import LedgerEntry


def moments(reference):
    return list(
        LedgerEntry.objects.filter(hold__reference=reference).order_by("pk").values_list("at", flat=True)
    )


@pytest.mark.parametrize(("close", "kind"), [(settle, LineKind.CHARGED), (release, LineKind.RETURNED)])
def test_a_hold_that_was_closed_has_two_lines(held, close, kind):
    close(held)
    first, last = moments(held)
    assert lines_of([held]) == {held: [Line(LineKind.HELD, 8, first), Line(kind, 8, last)]}


def test_an_open_hold_has_one_and_what_was_never_held_none(held):
    found = lines_of([held, "job:unknown"])
    assert found == {held: [Line(LineKind.HELD, 8, moments(held)[0])], "job:unknown": []}


def test_what_is_held_again_has_all_its_lines_in_order(cast, held):
    release(held)
    with transaction.atomic():
        hold_credits(owner_id=cast.owner.pk, amounts={held: 5}, label="cinematic")
        settle(held)
    assert [(line.kind, line.amount) for line in lines_of([held])[held]] == [
        (LineKind.HELD, 8),
        (LineKind.RETURNED, 8),
        (LineKind.HELD, 5),
        (LineKind.CHARGED, 5),
    ]


def test_the_lines_of_many_take_one_query(cast, account, django_assert_num_queries):
    amounts = {f"job:{number}": number for number in range(9)}
    hold_credits(owner_id=cast.owner.pk, amounts=amounts, label="cinematic")
    with django_assert_num_queries(1):
        found = lines_of(list(amounts))
    assert {reference: line.amount for reference, (line,) in found.items()} == amounts
