"""A new person confirms their address: the link works in any browser, once, and can be asked for again."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.models import User
from creator.platform.outbox import hand_on_due

PASSWORD = "correct horse battery"
FORM = {"email": " Anna@Example.org", "password1": PASSWORD, "password2": PASSWORD}
SENT = "/accounts/confirm-email/"


@pytest.fixture
def newcomer(client, db, settings):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    cache.clear()
    client.post(reverse("account_signup"), FORM)
    return client


def link_of(mailoutbox):
    hand_on_due()
    return re.search(r"http://testserver(/accounts/confirm-email/\S+/)", mailoutbox[-1].body)[1]


def test_the_page_says_where_the_mail_went_as_it_was_typed(newcomer):
    assert "<b>Anna@Example.org</b>" in newcomer.get(SENT).text


def test_the_mail_shows_the_address_as_typed_and_goes_to_its_normal_form(newcomer, mailoutbox):
    hand_on_due()
    assert (mailoutbox[0].to, "Anna@Example.org" in mailoutbox[0].body) == (["anna@example.org"], True)


def test_the_link_works_in_another_browser_and_lets_the_person_in(newcomer, mailoutbox):
    link = link_of(mailoutbox)
    elsewhere = Client()
    assert "Is Anna@Example.org yours?" in elsewhere.get(link).text
    assert (
        EmailAddress.objects.get().verified is False
    )  # reading the link confirms nothing: mail scanners read it
    elsewhere.post(link)
    assert EmailAddress.objects.get().verified is True
    answer = elsewhere.post(reverse("account_login"), {"login": "anna@example.org", "password": PASSWORD})
    assert answer["Location"] == "/home/"


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_used_link_says_so(newcomer, mailoutbox, method):
    link = link_of(mailoutbox)
    newcomer.post(link)
    page = getattr(Client(), method)(link)
    assert (page.status_code, "This address is confirmed" in page.text) == (200, True)


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_old_link_offers_a_new_one(newcomer, mailoutbox, settings, method):
    link = link_of(mailoutbox)
    cache.clear()
    settings.ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS = 0
    elsewhere = Client()
    page = getattr(elsewhere, method)(link)
    assert (page.status_code, "This link has expired" in page.text) == (200, True)
    assert "Another mail is on its way." in elsewhere.post(link, {"again": ""}, follow=True).text
    assert EmailAddress.objects.get().verified is False
    settings.ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS = 3
    elsewhere.post(link_of(mailoutbox))
    assert (len(mailoutbox), EmailAddress.objects.get().verified) == (2, True)


def test_a_link_of_another_kind_says_what_to_do(db, client):
    page = client.post("/accounts/confirm-email/nonsense/")
    assert (page.status_code, "This link no longer works" in page.text) == (200, True)


def test_a_second_mail_waits_three_minutes_and_the_page_says_so(newcomer, mailoutbox):
    page = newcomer.post(SENT, {"again": ""}, follow=True)
    assert "No mail was sent: one went to this address less than three minutes ago." in page.text
    cache.clear()
    page = newcomer.post(SENT, {"again": ""}, follow=True)
    hand_on_due()
    assert ("Another mail is on its way." in page.text, len(mailoutbox)) == (True, 2)


def test_another_address_can_be_used_before_the_first_is_confirmed(newcomer, mailoutbox):
    answer = newcomer.post(SENT, {"other_address": ""})
    assert answer["Location"] == reverse("account_signup")
    newcomer.post(reverse("account_signup"), FORM | {"email": "right@example.org"})
    assert "<b>right@example.org</b>" in newcomer.get(SENT).text
    newcomer.post(link_of(mailoutbox))
    assert EmailAddress.objects.get(verified=True).email == "right@example.org"


def test_signing_in_before_the_confirmation_leads_to_the_page(newcomer):
    visitor = Client()
    answer = visitor.post(
        reverse("account_login"), {"login": "ANNA@example.org", "password": PASSWORD}, follow=True
    )
    assert (answer.request["PATH_INFO"], "<b>Anna@Example.org</b>" in answer.text) == (SENT, True)


def test_a_password_chosen_by_mail_confirms_the_address_too(newcomer, mailoutbox):
    newcomer.post(reverse("account_reset_password"), {"email": "anna@example.org"})
    hand_on_due()
    link = re.search(r"http://testserver(/accounts/password/reset/key/\S+/)", mailoutbox[-1].body)[1]
    form = newcomer.get(link, follow=True)
    newcomer.post(form.request["PATH_INFO"], {"password1": "another horse", "password2": "another horse"})
    assert EmailAddress.objects.get().verified is True
    assert User.objects.get().check_password("another horse")
