"""A new SECRET_KEY, as docs/production.md replaces one: first beside the old key, then without it."""

from contextlib import contextmanager

import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from asgiref.sync import async_to_sync
from django.contrib.auth.tokens import default_token_generator
from django.core import signing
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.factors import prove_code
from creator.http.file_links import file_link, read_file_link
from creator.lib.errors import Refused
from tests.accounts.factors.app import App
from tests.jobs.streaming.sockets import Watcher

pytestmark = pytest.mark.django_db(transaction=True)
NEW = "another-key-" * 5


@pytest.fixture
def rotate(settings):
    """`rotate()` is the first step of the page; `rotate(keep=False)` the second, or what follows a leak."""
    old = settings.SECRET_KEY

    def step(*, keep=True):
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW, [old] if keep else []

    return step


def opens_socket(client: Client) -> bool:
    async def knock() -> int:
        watcher = Watcher("/ws/me", f"sessionid={client.cookies['sessionid'].value}")
        await watcher.shake_hands()
        await watcher.leave()
        return watcher.status

    return async_to_sync(knock)() == 101


def is_signed_in(client: Client) -> bool:
    return client.get("/home/").status_code == 200


def test_a_session_survives_and_moves_to_the_new_key(client, cast, rotate):
    client.force_login(cast.owner)
    rotate()
    assert is_signed_in(client)
    rotate(keep=False)
    assert (is_signed_in(client), opens_socket(client)) == (True, True)


def test_a_page_that_stayed_open_connects_again_and_stays_signed_in(client, cast, rotate):
    """Its socket comes back before it is loaded again: the session is still of the old key then."""
    client.force_login(cast.owner)
    rotate()
    assert (opens_socket(client), is_signed_in(client), opens_socket(client)) == (True, True, True)


def test_a_session_of_a_key_that_went_is_over(client, cast, rotate):
    client.force_login(cast.owner)
    rotate(keep=False)
    assert (opens_socket(client), is_signed_in(client)) == (False, False)


@contextmanager
def refused():
    with pytest.raises((Refused, signing.BadSignature)):
        yield


def test_links_to_files_survive(rotate):
    token = file_link("results/mine/result.png", name="x.png").split("/")[2]
    rotate()
    assert read_file_link(token, "x.png").key == "results/mine/result.png"
    rotate(keep=False)
    with refused():
        read_file_link(token, "x.png")


def test_links_in_mails_survive(cast, rotate):
    address = EmailAddress.objects.create(user=cast.owner, email=cast.owner.email, primary=True)
    confirm, reset = EmailConfirmationHMAC.create(address).key, default_token_generator.make_token(cast.owner)

    def work():
        return EmailConfirmationHMAC.from_key(confirm) is not None, default_token_generator.check_token(
            cast.owner, reset
        )

    rotate()
    assert work() == (True, True)
    rotate(keep=False)
    assert work() == (False, False)


def test_second_factors_survive_if_they_are_encrypted_again(cast, rotate):
    app = App()
    app.add(cast.owner)
    codes = RecoveryCodes.activate(cast.owner).get_unused_codes()
    rotate()
    assert prove_code(cast.owner, codes[0])
    call_command("reencrypt")
    rotate(keep=False)
    assert prove_code(cast.owner, app.code())
    assert prove_code(cast.owner, codes[1])


def test_a_second_factor_of_a_key_that_went_opens_nothing_and_is_reported(cast, rotate):
    app = App()
    app.add(cast.owner)
    rotate(keep=False)
    assert prove_code(cast.owner, app.code()) is None
    with pytest.raises(CommandError, match="1 secret cannot be read"):
        call_command("reencrypt")
