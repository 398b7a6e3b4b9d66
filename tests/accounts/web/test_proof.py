"""Proof before changes, by people who have neither password nor second factor: a link in a mail."""

import re
from urllib.parse import urlencode

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.web import proof_by_mail
from accounts.web.reauthentication import NOT_YET
from creator.platform.models import Delivery
from creator.platform.outbox import hand_on_due
from tests.accounts.factors.app import App

pytestmark = pytest.mark.django_db
ADD = "mfa_activate_totp"


def ask(client, wanted: str = ADD) -> str:
    """Asks for the link on the way to the wanted page, and returns what the mail has."""
    there = reverse(wanted)
    answer = client.get(there)
    assert answer.url == f"{reverse('account_proof_by_mail')}?{urlencode({'next': there}, safe='/')}"
    page = client.get(answer.url).text
    assert f'value="{there}"' in page
    assert "on its way" in client.post(reverse("account_proof_by_mail"), {"next": there}).text
    hand_on_due()
    return re.search(r"http://testserver(/accounts/reauthenticate/mail/\S+)", mail.outbox[-1].body)[1]


@pytest.fixture
def owner(client, cast):
    client.force_login(cast.owner)
    return client


def test_the_link_leads_back_and_works_once(owner):
    link = ask(owner)
    assert owner.get(link).url == reverse(ADD)
    assert owner.get(reverse(ADD)).status_code == 200
    assert owner.get(link).status_code == 403


def test_the_link_proves_nothing_elsewhere(owner, cast):
    link = ask(owner)
    for person in (cast.owner, cast.other):
        elsewhere = Client()
        elsewhere.force_login(person)
        assert elsewhere.get(link).status_code == 403
        assert elsewhere.get(reverse(ADD)).status_code == 302
    assert Client().get(link).url.startswith(reverse("account_login"))


def test_a_forged_or_old_link_proves_nothing(owner, monkeypatch):
    link = ask(owner)
    assert owner.get(f"{link[:-3]}x/").status_code == 410
    monkeypatch.setattr(proof_by_mail, "WORKS_S", -1)
    assert owner.get(link).status_code == 410
    assert owner.get(reverse(ADD)).status_code == 302


def test_the_row_of_the_mail_is_no_proof(owner):
    """It names the request; only the server's key makes a link of it."""
    link = ask(owner)
    assert link.split("/")[-2] not in str(list(Delivery.objects.values()))


def test_people_with_another_way_get_no_link(owner, cast):
    App().add(cast.owner)
    assert owner.get(reverse("account_proof_by_mail")).url == reverse("mfa_reauthenticate")
    owner.post(reverse("account_proof_by_mail"))
    assert not Delivery.objects.filter(payload__kind="proof").exists()


def test_a_first_password_asks_for_the_proof(owner, cast):
    """With it, an open browser would be enough to prove the rest: the person signs in with Google."""
    form = dict.fromkeys(("password1", "password2"), "plum-orbit-lantern-93")
    owner.post(reverse("account_set_password"), form)
    cast.owner.refresh_from_db()
    assert not cast.owner.has_usable_password()
    owner.get(ask(owner, "account_set_password"))
    owner.post(reverse("account_set_password"), form)
    cast.owner.refresh_from_db()
    assert cast.owner.has_usable_password()


def test_another_site_is_not_led_to(owner):
    owner.post(reverse("account_proof_by_mail"), {"next": "https://evil.example/"})
    assert owner.session[proof_by_mail.ASKED][1] == ""


def test_a_form_that_needs_a_proof_says_that_it_did_nothing(owner):
    assert NOT_YET in owner.post(reverse("account_export"), follow=True).text
    assert NOT_YET not in owner.get(reverse(ADD), follow=True).text
