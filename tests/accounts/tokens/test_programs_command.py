"""`manage.py programs list, end and end_all`."""

import io
import uuid

import pytest
from django.core.management import CommandError, call_command

from accounts.principals import find_by_secret
from accounts.tokens import issue


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command("programs", *arguments, stdout=out, stderr=io.StringIO())
    return out.getvalue()


def test_lists_programs_without_their_tokens(cast, pair):
    out = run("list", "owner@example.org")
    assert [part in out for part in (str(pair.family.pk), "laptop", "192.0.2.1")] == [True] * 3
    assert [token in out for token in (pair.access, pair.refresh)] == [False] * 2
    assert "has no signed-in programs" in run("list", "other@example.org")


def test_ends_one_and_then_all(cast, pair):
    others = [issue(cast.owner, device="", address="192.0.2.1") for _ in range(2)]
    assert "is signed out" in run("end", str(pair.family.pk))
    assert "was signed out before" in run("end", str(pair.family.pk))
    assert (find_by_secret(pair.access), find_by_secret(others[0].access) is None) == (None, False)
    assert run("end_all", "owner@example.org") == "Signed out: 2.\n"
    assert [find_by_secret(each.access) for each in others] == [None, None]


@pytest.mark.parametrize(
    "arguments", [["end", str(uuid.uuid4())], ["end", "nonsense"], ["list", "nobody@example.org"]]
)
def test_says_what_is_wrong(cast, arguments):
    with pytest.raises(CommandError):
        run(*arguments)
