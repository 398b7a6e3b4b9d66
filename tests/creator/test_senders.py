"""What it costs to know a sender before a body is read, and who is one."""

import pytest
from django.conf import settings
from django.test import Client

from accounts.api_keys import make_api_key
from creator.senders import SignedOut, _by_secret, _by_session

HERE = "192.0.2.1"


@pytest.fixture
def headers(cast):
    browser = Client()
    browser.force_login(cast.owner)
    return {
        b"cookie": b"theme=dark; sessionid=" + browser.cookies["sessionid"].value.encode(),
        b"x-api-key": make_api_key(owner=cast.owner, name="test")[1].encode(),
    }


@pytest.mark.parametrize("find", [_by_session, _by_secret])
def test_it_takes_three_queries_and_then_none_for_a_while(headers, cast, django_assert_num_queries, find):
    with django_assert_num_queries(3):
        person, limits, way = find(headers, HERE)
    with django_assert_num_queries(0):
        assert find(headers, HERE) == (person, limits, way)
    assert (person, limits.upload_mib) == (cast.owner.pk, settings.CONFIG.max_upload_mib)


@pytest.mark.parametrize(
    ("cookie", "queries"),
    [(b"", 0), (b"theme=dark", 0), (b"sessionid=" + b"x" * 32, 1), (b"sessionid=\xff", 0)],
)
def test_who_is_signed_out_costs_no_more(db, django_assert_max_num_queries, cookie, queries):
    with django_assert_max_num_queries(queries), pytest.raises(SignedOut):
        _by_session({b"cookie": cookie}, HERE)


def test_a_person_signed_out_is_asked_for_every_time(headers, cast):
    """Who signs in is known at once."""
    session, headers[b"cookie"] = headers[b"cookie"], b"sessionid=unknown"
    with pytest.raises(SignedOut):
        _by_session(headers, HERE)
    assert _by_session({b"cookie": session}, HERE)[0] == cast.owner.pk
