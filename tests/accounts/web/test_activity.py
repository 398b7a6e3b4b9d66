"""People read what happened to their account, and nothing about other accounts."""

import pytest

from accounts.audit import record
from accounts.enums import SecurityEvent

PAGE = "/account/activity/"


@pytest.fixture
def lines(cast):
    record(SecurityEvent.SIGNED_IN, cast.owner, address="192.0.2.7", device="Firefox on Linux")
    record(SecurityEvent.KEY_REVOKED, cast.owner, actor_id=cast.staff.pk, prefix="creator_ab12")
    record(SecurityEvent.SIGNED_IN, cast.other, address="198.51.100.9")


def test_it_lists_what_happened_newest_first(client, cast, lines):
    client.force_login(cast.owner)
    text = client.get(PAGE).content.decode()
    assert text.index("An API key was revoked") < text.index("Signed in")
    assert "192.0.2.7 · Firefox on Linux" in text
    assert text.count("By staff") == 1


def test_it_shows_nothing_about_others(client, cast, lines):
    client.force_login(cast.owner)
    assert "198.51.100.9" not in client.get(PAGE).content.decode()


def test_an_account_without_history_says_so(client, cast):
    client.force_login(cast.stranger)
    assert "Nothing yet" in client.get(PAGE).content.decode()


def test_details_for_the_staff_are_not_shown(client, cast):
    record(SecurityEvent.SIGNED_IN, cast.owner, family="secret-id")
    client.force_login(cast.owner)
    assert "secret-id" not in client.get(PAGE).content.decode()


def test_older_lines_are_on_the_next_page(client, cast):
    for number in range(51):
        record(SecurityEvent.SIGNED_IN, cast.owner, device=f"device {number}")
    client.force_login(cast.owner)
    assert "device 0<" not in client.get(PAGE).content.decode()
    assert "device 0<" in client.get(PAGE + "?page=2").content.decode()


def test_queries_do_not_grow_with_lines(client, cast, lines, django_assert_num_queries):
    client.force_login(cast.owner)
    client.get(PAGE)  # notes the use of the session, once a minute
    with django_assert_num_queries(4):
        client.get(PAGE)
    for _ in range(20):
        record(SecurityEvent.SIGNED_IN, cast.owner)
    with django_assert_num_queries(4):
        client.get(PAGE)
