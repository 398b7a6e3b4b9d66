"""What tokens look like, and which texts are none."""

import re
import uuid
from datetime import UTC, datetime

import pytest
from django.core import serializers

from accounts.models import TokenFamily
from accounts.principals import find_by_secret
from accounts.tokens import find_by_refresh_token
from accounts.tokens.texts import read_access_token, read_refresh_token, successor_of, write_access_token


def test_tokens_name_their_kind_and_nothing_of_the_person(pair):
    family = pair.family.pk.hex
    assert re.fullmatch(rf"creator_at_{family}_\d{{10}}\.[\w-]{{43}}", pair.access)
    assert re.fullmatch(rf"creator_rt_{family}_[0-9a-f]{{64}}\.[\w-]{{43}}", pair.refresh)


def test_the_tokens_are_kept_nowhere(pair):
    kept = serializers.serialize("json", TokenFamily.objects.all())
    assert [part in kept for part in (pair.access, pair.refresh, pair.refresh.split("_")[3][:64])] == [
        False
    ] * 3
    assert (pair.access in repr(pair), pair.refresh in repr(pair)) == (False, False)


def forged(token: str) -> list[str]:
    other = "0" if token[50] != "0" else "1"
    return [
        token[:50] + other + token[51:],
        token[:-1] + ("A" if token[-1] != "A" else "B"),
        token + "x",
        token.replace("creator_at", "creator_rt"),
        token.replace("creator_rt", "creator_at"),
        token.rpartition(".")[0],
        token.upper(),
        "",
        "\0" * 100,
        "creator_at_ü",
    ]


@pytest.mark.parametrize("kind", ["access", "refresh"])
def test_a_text_that_we_did_not_sign_costs_no_query(pair, kind, django_assert_num_queries):
    texts = [text for text in forged(getattr(pair, kind)) if text not in (pair.access, pair.refresh)]
    with django_assert_num_queries(0):
        assert [find_by_secret(text) for text in texts] == [None] * len(texts)
        assert [find_by_refresh_token(text) for text in texts] == [None] * len(texts)


def test_neither_token_does_the_work_of_the_other(pair):
    assert find_by_secret(pair.refresh) is None
    assert find_by_refresh_token(pair.access) is None


def test_tokens_outlive_a_change_of_the_secret_key_for_as_long_as_it_is_a_fallback(pair, settings):
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another secret key"
    assert (read_access_token(pair.access), read_refresh_token(pair.refresh)) == (None, None)
    settings.SECRET_KEY_FALLBACKS = [old]
    assert find_by_secret(pair.access).credential == str(pair.family.pk)
    assert find_by_refresh_token(pair.refresh) == pair.family


def test_with_a_key_the_successor_is_always_the_same_and_without_the_token_unknown():
    family = uuid.uuid4()
    first, again = (successor_of("creator_rt_a", family, "key") for _ in range(2))
    others = {successor_of("creator_rt_a", family, key) for key in ("other", "", "")}
    others.add(successor_of("creator_rt_b", family, "key"))
    assert (first == again, first in others, len(others)) == (True, False, 4)


def test_an_access_token_says_until_when():
    family, until = uuid.uuid4(), datetime(2026, 11, 28, 12, tzinfo=UTC)
    assert read_access_token(write_access_token(family, until)) == (family, until)
