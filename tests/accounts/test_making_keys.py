"""What a key is made with, what is refused, and what tells of it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.api_keys import MOST_WORKING, keys_of, make_api_key, revoke_api_key
from accounts.audit import lines_of
from accounts.enums import Scope
from accounts.models import ApiKey
from creator.lib.errors import Refused


def make(cast, **given):
    return make_api_key(**{"owner": cast.owner, "name": "test"} | given)[0]


def test_a_key_may_do_what_it_was_made_for_in_the_order_of_the_scopes(cast):
    assert make(cast, scopes=["webhooks:write", "jobs:read"]).scopes == ["jobs:read", "webhooks:write"]


def test_without_scopes_named_it_may_see_and_start_jobs(cast):
    assert make(cast).scopes == ["jobs:read", "jobs:write"]


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "   "}, "name"),
        ({"name": "x" * 61}, "name"),
        ({"name": "two\nlines"}, "name"),
        ({"name": "nul\0"}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["jobs:read", "everything"]}, "scopes"),
        ({"expires_at": timedelta(seconds=-1)}, "expires_at"),
        ({"expires_at": timedelta(days=3651)}, "expires_at"),
    ],
)
def test_says_what_is_wrong_and_makes_nothing(cast, given, field):
    if "expires_at" in given:
        given = {"expires_at": timezone.now() + given["expires_at"]}
    with pytest.raises(Refused) as refused:
        make(cast, **given)
    assert (refused.value.code, list(refused.value.problems)) == ("invalid_parameters", [field])
    assert not ApiKey.objects.exists()


def test_a_name_is_kept_as_typed_without_spaces_around_it(cast):
    assert make(cast, name="  Nächtlicher Import 🌙 ").name == "Nächtlicher Import 🌙"


def test_one_more_than_the_most_working_keys_is_refused_until_one_ends(cast):
    keys = [make(cast) for _ in range(MOST_WORKING)]
    make(cast, owner=cast.other)
    with pytest.raises(Refused) as refused:
        make(cast)
    assert (refused.value.code, "50 working keys" in refused.value.message) == ("quota_exceeded", True)
    revoke_api_key(key=keys[0])
    ApiKey.objects.filter(pk=keys[1].pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert [make(cast).works, make(cast).works] == [True, True]


@pytest.mark.django_db(transaction=True)
def test_of_many_that_are_made_at_once_no_more_than_the_most_are(cast):
    for _ in range(MOST_WORKING - 1):
        make(cast)

    def make_another(_: int) -> str:
        try:
            make(cast)
        except Refused as refused:
            return refused.code
        finally:
            connection.close()
        return "made"

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(make_another, range(8))) == ["made"] + ["quota_exceeded"] * 7


def test_the_audit_says_which_key_was_made_and_revoked_and_from_where(cast):
    key = make(cast, address="192.0.2.7")
    revoke_api_key(key=key, address="192.0.2.8")
    revoke_api_key(key=key, address="192.0.2.9")
    told = [(line.action, line.details["prefix"], line.details["address"]) for line in lines_of(cast.owner)]
    assert told == [
        ("api_key_revoked", key.prefix, "192.0.2.8"),
        ("api_key_made", key.prefix, "192.0.2.7"),
    ]


def test_lists_begin_with_what_works_and_end_with_the_last_that_ended(cast, django_assert_num_queries):
    first, second, third = (make(cast, name=name) for name in ("first", "second", "third"))
    make(cast, owner=cast.other)
    revoke_api_key(key=third)
    with django_assert_num_queries(2):
        assert keys_of(cast.owner) == [second, first, third]


def test_the_scopes_of_keys_that_were_made_before_scopes_are_those_of_jobs(cast):
    old = ApiKey.objects.create(owner=cast.owner, name="old", prefix="creator_00000000", digest="0" * 64)
    old.refresh_from_db()
    assert (old.scopes, old.made_by) == ([Scope.JOBS_READ, Scope.JOBS_WRITE], "command")
