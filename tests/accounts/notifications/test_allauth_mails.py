"""All mail goes through the outbox: no page waits for a mail server, and no row holds a secret link."""

import json
import re
from datetime import timedelta
from pathlib import Path

import allauth
import pytest
from aiosmtpd.controller import Controller
from allauth.account.models import EmailAddress
from django.contrib.messages import get_messages
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone
from structlog.testing import capture_logs

from accounts.notifications.from_allauth import KINDS
from creator.lib.clock import database_now
from creator.platform.models import Delivery
from creator.platform.outbox import hand_on_due
from tests.services.process import free_port

PASSWORD = "a-Long-enough-1"
ACCOUNT = {"email": "new@example.org", "password1": PASSWORD, "password2": PASSWORD}


@pytest.fixture
def visitor(client, cast, settings):
    """Clears the cache, which counts attempts for the rate limits: one mail per address in three minutes."""
    cache.clear()
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    return client


@pytest.fixture
def mail_away(settings):
    """Points the mail settings at a port where nothing listens."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()


def make_due():
    Delivery.objects.update(due_at=database_now(-1))


@pytest.mark.parametrize(
    ("name", "passwords"),
    [("account_signup", {"password1": PASSWORD, "password2": PASSWORD}), ("account_reset_password", {})],
)
def test_known_and_unknown_addresses_are_told_the_same(visitor, mail_away, name, passwords):
    told = []
    for email in ("owner@example.org", "nobody@example.org"):
        visitor.cookies.clear()
        answer = visitor.post(reverse(name), {"email": email} | passwords)
        said = [str(message) for message in get_messages(answer.wsgi_request)]
        told.append((answer.status_code, answer["Location"], [line.replace(email, "…") for line in said]))
    assert told[0] == told[1]
    assert list(Delivery.objects.values_list("kind", "attempts")) == [("mail", 0)] * 2


def test_a_mail_waits_for_its_server_and_arrives(visitor, mail_away, settings, mailoutbox):
    visitor.post(reverse("account_signup"), ACCOUNT)
    assert hand_on_due() == 1
    waiting = Delivery.objects.get()
    assert (waiting.attempts, waiting.done_at, waiting.dead_at) == (1, None, None)
    assert waiting.last_error.startswith("ConnectionRefusedError")
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert hand_on_due() == 0  # the retry is not due yet
    make_due()
    assert (hand_on_due(), [mail.to for mail in mailoutbox]) == (1, [["new@example.org"]])
    assert Delivery.objects.get().done_at is not None


def test_the_link_is_made_when_the_mail_is_sent_and_works(visitor, mailoutbox):
    visitor.post(reverse("account_signup"), ACCOUNT)
    hand_on_due()
    link = re.search(r"http://testserver(/accounts/confirm-email/\S+/)", mailoutbox[0].body)[1]
    visitor.post(link)
    assert EmailAddress.objects.get(email="new@example.org").verified is True


def test_a_password_is_reset_by_the_link_of_its_mail(visitor, cast, mailoutbox):
    visitor.post(reverse("account_reset_password"), {"email": "owner@example.org"})
    hand_on_due()
    link = re.search(r"http://testserver(/accounts/password/reset/key/\S+/)", mailoutbox[0].body)[1]
    form = visitor.get(link, follow=True)
    new = {"password1": "another-Long-1", "password2": "another-Long-1"}
    visitor.post(form.request["PATH_INFO"], new)
    cast.owner.refresh_from_db()
    assert cast.owner.check_password("another-Long-1")


def test_no_row_of_the_outbox_opens_an_account(visitor, mailoutbox):
    visitor.post(reverse("account_signup"), ACCOUNT)
    visitor.post(reverse("account_reset_password"), {"email": "owner@example.org"})
    stored = json.dumps(list(Delivery.objects.values_list("payload", flat=True)))
    hand_on_due()
    secrets = [
        re.search(rf"{path}/(\S+?)/", mail.body)[1]
        for mail, path in zip(mailoutbox, ("confirm-email", "reset/key"), strict=True)
    ]
    assert [secret in stored for secret in secrets] == [False, False]
    assert set(json.loads(stored)[0]) == {"kind", "site", "user_id", "facts"}


def test_tries_of_one_mail_have_one_message_id_and_two_mails_have_two(visitor, mailoutbox):
    visitor.post(reverse("account_signup"), ACCOUNT)
    hand_on_due()
    Delivery.objects.update(done_at=None)  # as if the worker had died before it recorded the delivery as done
    make_due()
    hand_on_due()
    visitor.post(reverse("account_reset_password"), {"email": "owner@example.org"})
    hand_on_due()
    first, again, other = (mail.extra_headers["Message-ID"] for mail in mailoutbox)
    assert (first == again, first == other) == (True, False)


def test_a_mail_for_an_account_that_is_gone_is_not_sent(visitor, cast, mailoutbox):
    visitor.post(reverse("account_reset_password"), {"email": "owner@example.org"})
    cast.owner.delete()
    assert (hand_on_due(), mailoutbox) == (1, [])
    assert Delivery.objects.get().done_at is not None


@pytest.fixture
def refusing_server(settings):
    """`refusing_server(code)` starts a mail server that refuses each recipient with this code, quoting the address."""
    running = []

    def start(code):
        class Refuse:
            async def handle_RCPT(self, server, session, envelope, address, options):
                return f"{code} <{address}> no such mailbox"

        running.append(Controller(Refuse(), hostname="127.0.0.1", port=free_port()))
        running[0].start()
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", running[0].port

    yield start
    for each in running:
        each.stop()


@pytest.mark.parametrize("email", ["new@example.org", "new@bücher.example"])
@pytest.mark.parametrize(("code", "is_dead"), [(550, True), (451, False)])
def test_an_address_that_is_refused_for_good_is_not_tried_again(
    visitor, refusing_server, email, code, is_dead
):
    visitor.post(reverse("account_signup"), ACCOUNT | {"email": email})
    refusing_server(code)
    with capture_logs() as logs:
        hand_on_due()
    row = Delivery.objects.get()
    assert (row.dead_at is not None) is is_dead
    assert ("new@" in row.last_error, "new@" in str(logs)) == (False, False)
    assert str(code) in row.last_error


def test_a_change_of_password_is_told_with_place_and_time(visitor, cast, mailoutbox):
    EmailAddress.objects.create(user=cast.owner, email=cast.owner.email, verified=True, primary=True)
    cast.owner.set_password(PASSWORD)
    cast.owner.save()
    visitor.force_login(cast.owner)
    new = {"oldpassword": PASSWORD, "password1": "another-Long-1", "password2": "another-Long-1"}
    visitor.post(reverse("account_change_password"), new, headers={"User-Agent": "Firefox/1 (Linux)"})
    hand_on_due()
    (mail,) = mailoutbox
    said = (
        "The password of your account was changed",
        "With: Firefox on Linux",
        "From the address: 127.0.0.1",
    )
    assert [each in mail.body for each in said] == [True, True, True]
    assert timezone.now() - Delivery.objects.get().created_at < timedelta(minutes=1)


UNUSED = {"account/email/login_code", "account/email/password_reset_code"}
"""Of ways to sign in and to reset by a code, which we do not offer."""
OURS = re.compile(r"mfa/email/|account/email/email_(changed|deleted)")
"""Of second factors and of changes of the address we send mails of our own, in the transaction of the change."""


def test_every_mail_of_allauth_has_a_kind():
    root = Path(allauth.__file__).parent
    code = "".join(path.read_text() for path in root.rglob("*.py") if "tests" not in path.parts)
    code = code.replace('e.g. "account/email/email_confirmation"', "")
    sent = set(re.findall(r'"((?:account|mfa|socialaccount)/email/[a-z_]+)"', code))
    assert {each for each in sent - KINDS.keys() if not OURS.match(each)} == UNUSED
    assert KINDS.keys() - sent == set()
