"""Refreshes that a program sends at the same time: one succeeds, and the program stays signed in.

On PostgreSQL (`make test`) the threads really run at once; SQLite has one writer at a time.
"""

from collections import Counter
from threading import Barrier

import pytest

from accounts.enums import SecurityEvent
from accounts.models import TokenFamily
from accounts.principals import find_by_secret
from accounts.tokens import issue, rotate
from accounts.tokens.texts import digest_of, write_refresh_token
from creator.lib.errors import Refused
from creator.platform.models import AuditLine
from tests.jobs.lifecycle.threads import PATIENCE, together

pytestmark = pytest.mark.django_db(transaction=True)
HERE, MANY = "192.0.2.1", 20


@pytest.fixture
def pair(cast):
    return issue(cast.owner, device="laptop", address=HERE)


def outcome(refresh_token: str, **given) -> object:
    try:
        tokens, is_new = rotate(refresh_token, address=HERE, **given)
    except Refused as refused:
        return refused.code
    return tokens.refresh, is_new


def test_of_twenty_parallel_refreshes_one_succeeds_and_nobody_is_signed_out(pair):
    outcomes = together(*[lambda: outcome(pair.refresh)] * MANY)
    won = [each for each in outcomes if not isinstance(each, str)]
    assert Counter(each for each in outcomes if isinstance(each, str)) == {"already_refreshed": MANY - 1}
    ((refresh, is_new),) = won
    assert (is_new, find_by_secret(pair.access) is not None) == (True, True)
    assert outcome(refresh)[1] is True
    assert AuditLine.objects.filter(action=SecurityEvent.TOKEN_REUSED).count() == 0


def test_with_one_key_all_twenty_get_the_same_tokens(pair):
    outcomes = together(*[lambda: outcome(pair.refresh, idempotency_key="one")] * MANY)
    assert Counter(is_new for _, is_new in outcomes) == {True: 1, False: MANY - 1}
    assert len({refresh for refresh, _ in outcomes}) == 1


def test_of_twenty_parallel_reuses_one_ends_the_family(pair):
    second, _ = rotate(pair.refresh, address=HERE)
    rotate(second.refresh, address=HERE)
    assert set(together(*[lambda: outcome(pair.refresh)] * MANY)) == {"not_authenticated"}
    assert AuditLine.objects.filter(action=SecurityEvent.TOKEN_REUSED).count() == 1


def test_without_the_condition_both_of_two_would_succeed(pair):
    """The twin looks first and writes then."""
    both_looked = Barrier(2)

    def rotate_without_condition() -> bool:
        found = TokenFamily.objects.filter(digest=digest_of(pair.refresh)).exists()
        both_looked.wait(PATIENCE)
        successor = write_refresh_token(pair.family.pk)
        return found and bool(
            TokenFamily.objects.filter(pk=pair.family.pk).update(digest=digest_of(successor))
        )

    assert together(*[rotate_without_condition] * 2) == [True, True]
