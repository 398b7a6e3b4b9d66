"""`manage.py api_keys list, create and revoke`."""

import io

import pytest
from django.core.management import CommandError, call_command

from accounts.api_keys import find_by_key, revoke_api_key


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("api_keys", *arguments, stdout=out, stderr=io.StringIO())
    return out.getvalue()


def test_creates_a_key_with_scopes(cast):
    out = run("create", "owner@example.org", "--scope", "jobs:read", "--scope", "account:read", "--days", "7")
    assert find_by_key(out.strip()).scopes == ["jobs:read", "account:read"]


def test_lists_keys_without_their_secrets(cast, key_and_secret):
    key, secret = key_and_secret
    out = run("list", "owner@example.org")
    assert (str(key.pk) in out, key.prefix in out, "my script" in out, secret in out) == (
        True,
        True,
        True,
        False,
    )
    assert "works" in out
    revoke_api_key(key=key)
    assert "revoked" in run("list", "owner@example.org")
    assert "has no keys" in run("list", "other@example.org")


@pytest.mark.parametrize("by", ["id", "prefix"])
def test_revokes_by_id_or_prefix(cast, key_and_secret, by):
    key, secret = key_and_secret
    given = str(key.pk) if by == "id" else key.prefix
    assert "is revoked" in run("revoke", given)
    assert find_by_key(secret) is None
    assert "was revoked before" in run("revoke", given)


@pytest.mark.parametrize(
    "arguments",
    [
        ["revoke", "creator_nonsense"],
        ["list", "nobody@example.org"],
        ["create", "owner@example.org", "--name", ""],
    ],
)
def test_says_what_is_wrong(cast, arguments):
    with pytest.raises(CommandError):
        run(*arguments)
