"""Who may create an account, and what those hear who may not."""

from dataclasses import replace

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.urls import reverse

from accounts.enums import SecurityEvent
from accounts.models import Invitation, User
from accounts.sign_up import invite, may_sign_up
from creator.platform.models import AuditLine, Delivery
from creator.platform.outbox import hand_on_due

PASSWORD = "correct horse battery"


@pytest.fixture
def mode(settings):
    """`mode("invited", "example.com")` sets who may sign up."""

    cache.clear()  # it holds who got a mail less than three minutes ago

    def set_mode(sign_up, *domains, mail=True):
        settings.CONFIG = replace(settings.CONFIG, sign_up=sign_up, sign_up_domains=domains)
        settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory" if mail else "optional"

    return set_mode


def sign_up(client, email, **headers):
    form = {"email": email, "password1": PASSWORD, "password2": PASSWORD}
    return client.post(reverse("account_signup"), form, **headers)


def told(mailoutbox):
    hand_on_due()
    return [(mail.to, mail.subject) for mail in mailoutbox]


@pytest.mark.parametrize(
    ("sign_up", "domains", "address", "may"),
    [
        ("open", [], "anna@example.org", True),
        ("closed", [], "anna@example.org", False),
        ("invited", [], "anna@example.org", False),
        ("invited", [], "Invited@Example.org", True),
        ("invited", ["example.com", "xn--bcher-kva.example"], "anna@EXAMPLE.com", True),
        ("invited", ["example.com", "xn--bcher-kva.example"], "anna@Bücher.example", True),
        ("invited", ["example.com"], "anna@sub.example.com", False),
        ("invited", ["example.com"], "anna@notexample.com", False),
        ("closed", [], "invited@example.org", False),
    ],
)
def test_who_may_sign_up(db, mode, sign_up, domains, address, may):
    mode(sign_up, *domains)
    Invitation.objects.create(email="invited@example.org")
    assert may_sign_up(address) is may


def test_a_closed_site_says_so_and_offers_nothing(client, db, mode):
    mode("closed")
    page = client.get(reverse("account_signup"))
    assert (page.status_code, "Sign-up is closed" in page.text) == (200, True)
    offers = [
        name
        for name in ("landing", "account_login", "presets")
        if "/accounts/signup/" in client.get(reverse(name)).text
    ]
    assert offers == []


def test_a_closed_site_refuses_the_form_itself(client, db, mode):
    mode("closed")
    assert sign_up(client, "anna@example.org").status_code == 403
    assert (User.objects.count(), Delivery.objects.count()) == (0, 0)


def test_an_invited_person_signs_up_and_the_invitation_is_gone(client, db, mode, mailoutbox):
    mode("invited")
    invite("Anna@Example.org")
    assert told(mailoutbox) == [(["anna@example.org"], "You are invited to Creator")]
    sign_up(client, "anna@example.org")
    assert told(mailoutbox)[1:] == [(["anna@example.org"], "Confirm your email address")]
    assert (User.objects.get().email, Invitation.objects.count()) == ("anna@example.org", 0)


def test_strangers_do_not_learn_who_is_invited(client, db, mode, mailoutbox):
    mode("invited")
    Invitation.objects.create(email="anna@example.org")
    answers = []
    for email in ("anna@example.org", "other@example.org"):
        client.cookies.clear()
        answer = sign_up(client, email)
        answers.append((answer.status_code, answer["Location"]))
    assert answers == [(302, "/accounts/confirm-email/")] * 2
    assert sorted(told(mailoutbox)) == [
        (["anna@example.org"], "Confirm your email address"),
        (["other@example.org"], "You need an invitation to sign up"),
    ]
    assert User.objects.get().email == "anna@example.org"


def test_without_confirmation_by_mail_the_form_says_it(client, db, mode):
    mode("invited", mail=False)
    assert "This address is not invited." in sign_up(client, "anna@example.org").text
    assert User.objects.count() == 0


def test_without_confirmation_by_mail_a_sign_up_signs_in(client, db, mode):
    mode("open", mail=False)
    answer = sign_up(client, "anna@example.org")
    assert (answer.url, client.get(answer.url).status_code) == (reverse("home"), 200)


def test_the_page_says_that_one_needs_an_invitation(client, db, mode):
    mode("invited", "example.com")
    assert (
        "You need an invitation, or an address of example.com." in client.get(reverse("account_signup")).text
    )


def test_an_invitation_goes_out_once_and_can_be_withdrawn(cast, mode, capsys, mailoutbox):
    mode("invited")
    call_command("invite", "Anna@Example.org", "anna@example.org", "owner@example.org")
    call_command("invite")
    call_command("invite", "--withdraw", "anna@example.org", "anna@example.org")
    lines = [line.split("  ")[-1] for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        "Anna@Example.org is invited.",
        "anna@example.org is invited already or has an account.",
        "owner@example.org is invited already or has an account.",
        "anna@example.org",
        "anna@example.org is no longer invited.",
        "anna@example.org was not invited.",
    ]
    assert len(told(mailoutbox)) == 1
    assert list(AuditLine.objects.order_by("pk").values_list("action", flat=True)) == [
        "invited",
        "invitation_withdrawn",
    ]


def test_the_command_says_what_is_no_address(db):
    with pytest.raises(CommandError, match="nonsense: An email address has a name"):
        call_command("invite", "nonsense")


def test_a_sign_up_is_audited(client, db, mode):
    mode("open")
    sign_up(client, "anna@example.org")
    line = AuditLine.objects.get()
    assert (line.action, line.details) == (SecurityEvent.SIGNED_UP, {"address": "127.0.0.1"})


@pytest.mark.parametrize(("mail", "status"), [(True, 302), (False, 200)])
def test_an_address_that_is_taken_while_the_form_is_sent_makes_no_second_account(
    client, db, mode, monkeypatch, mail, status
):
    mode("open", mail=mail)

    def checked_too_early(form, value):
        User.objects.create_user(value)
        return value

    monkeypatch.setattr("allauth.account.forms.BaseSignupForm.validate_unique_email", checked_too_early)
    answer = sign_up(client, "anna@example.org")
    assert (answer.status_code, User.objects.count(), EmailAddress.objects.count()) == (status, 1, 0)
