"""API keys: their format, what the database stores of them, and when they grant access."""

import hashlib
import re
import string
from datetime import timedelta

import pytest
from django.core import serializers
from django.utils import timezone

from accounts.api_keys import find_by_key, make_api_key, record_use, revoke_api_key
from accounts.api_keys.secret import checksum_of, is_well_formed
from accounts.models import ApiKey


def test_a_key_says_what_it_is_and_which_row(key_and_secret):
    row, secret = key_and_secret
    assert re.fullmatch(r"creator_[0-9A-Za-z]{8}_[0-9A-Za-z]{49}", secret)
    assert (row.prefix, row.digest) == (secret[:16], hashlib.sha256(secret.encode()).hexdigest())
    assert (row.name, row.expires_at, row.last_used_at, row.revoked_at) == ("my script", None, None, None)


def test_the_secret_is_kept_nowhere(key_and_secret):
    _, secret = key_and_secret
    kept = serializers.serialize("json", ApiKey.objects.all())
    assert (secret[:16] in kept, secret in kept, secret[17:] in kept, secret[17:60] in kept) == (
        True,
        False,
        False,
        False,
    )


def test_two_keys_share_nothing(cast):
    (_, first), (_, second) = (make_api_key(owner=cast.owner, name="same") for _ in range(2))
    assert (first[8:16] == second[8:16], first[17:] == second[17:]) == (False, False)


def test_a_key_finds_its_row_and_owner_in_one_query(key_and_secret, django_assert_num_queries):
    row, secret = key_and_secret
    with django_assert_num_queries(1):
        found = find_by_key(secret)
        assert (found, found.owner.email) == (row, "owner@example.org")


def mistyped(secret: str) -> list[str]:
    other = "A" if secret[30] != "A" else "B"
    return [
        secret[:30] + other + secret[31:],
        secret[:-1],
        secret + "x",
        secret.lower(),
        secret.replace("creator_", "creators"),
        "creator_" + "\0" * 58,
        "",
        "ü" * 66,
    ]


def test_what_is_no_key_costs_no_query(key_and_secret, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert [find_by_key(text) for text in mistyped(key_and_secret[1])] == [None] * 8


def test_another_secret_with_the_prefix_of_a_key_opens_nothing(key_and_secret):
    unsigned = key_and_secret[1][:17] + "a" * 43
    forged = unsigned + checksum_of(unsigned)
    assert (is_well_formed(forged), find_by_key(forged)) == (True, None)


def test_the_checksum_is_crc_32_in_base_62():
    number = 0
    for digit in checksum_of("123456789"):
        number = number * 62 + (string.digits + string.ascii_uppercase + string.ascii_lowercase).index(digit)
    assert (number, checksum_of("")) == (0xCBF43926, "000000")  # the check value in CRC catalogues


@pytest.mark.parametrize("lasting", [timedelta(seconds=-1), timedelta(hours=1)], ids=["past", "future"])
def test_an_expired_key_is_none(cast, lasting):
    row, secret = make_api_key(owner=cast.owner, name="brief", expires_at=timezone.now() + timedelta(days=1))
    ApiKey.objects.update(expires_at=timezone.now() + lasting)
    works = lasting > timedelta(0)
    assert (find_by_key(secret) == row) == works


def test_a_revoked_key_is_none_at_once_and_for_good(key_and_secret):
    row, secret = key_and_secret
    assert (revoke_api_key(key=row), revoke_api_key(key=row)) == (True, False)
    assert find_by_key(secret) is None


def test_a_key_ends_with_its_owners_account(cast, key_and_secret):
    _, secret = key_and_secret
    cast.owner.is_active = False
    cast.owner.save(update_fields=["is_active"])
    assert find_by_key(secret) is None


def test_use_is_noted_once_a_minute(key_and_secret, django_assert_num_queries):
    _, secret = key_and_secret
    record_use(find_by_key(secret))
    noted = ApiKey.objects.get().last_used_at
    assert abs(timezone.now() - noted) < timedelta(seconds=30)
    with django_assert_num_queries(1):  # the lookup, no write
        record_use(find_by_key(secret))
    ApiKey.objects.update(last_used_at=noted - timedelta(seconds=61))
    record_use(find_by_key(secret))
    assert ApiKey.objects.get().last_used_at >= noted


def test_of_two_that_read_the_same_row_one_notes_the_use(key_and_secret):
    first, second = find_by_key(key_and_secret[1]), find_by_key(key_and_secret[1])
    record_use(first)
    noted = ApiKey.objects.get().last_used_at
    record_use(second)
    assert ApiKey.objects.get().last_used_at == noted
