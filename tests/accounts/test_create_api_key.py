import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.api_keys import find_by_key


def create(*arguments: str) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command("create_api_key", *arguments, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_prints_the_key_alone_to_standard_output(cast):
    out, err = create("Owner@Example.org", "--name", "nightly")
    key = find_by_key(out.removesuffix("\n"))
    assert (key.owner, key.name, key.expires_at) == (cast.owner, "nightly", None)
    assert (key.prefix in err, out.strip() in err) == (True, False)


def test_a_key_can_last_some_days(cast):
    key = find_by_key(create("owner@example.org", "--days", "7")[0].strip())
    assert round((key.expires_at - timezone.now()) / timedelta(hours=1)) == 7 * 24


@pytest.mark.parametrize(
    "arguments",
    [["nobody@example.org"], ["owner@example.org", "--days", "0"], ["owner@example.org", "--days", "99999"]],
)
def test_says_what_is_wrong_and_makes_nothing(cast, arguments):
    with pytest.raises(CommandError):
        create(*arguments)
    assert cast.owner.api_keys.count() == 0


def test_nobody_gets_a_key_for_an_account_that_is_shut(cast):
    cast.owner.is_active = False
    cast.owner.save(update_fields=["is_active"])
    with pytest.raises(CommandError):
        create("owner@example.org")
