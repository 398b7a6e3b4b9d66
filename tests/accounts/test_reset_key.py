"""The key of a reset link while its form is open: it waits in the session, encrypted, and goes with the reset."""

import re

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.contrib.sessions.models import Session
from django.urls import reverse

from accounts.web.passwords import KEY_IN_SESSION

NEW = "a long new password 7431"


@pytest.fixture
def key(cast):
    cast.owner.set_password("the old password 7431")
    cast.owner.save()
    return default_token_generator.make_token(cast.owner)


@pytest.fixture
def form(client, cast, key):
    """The address of the open form."""
    arguments = {"uidb36": user_pk_to_url_str(cast.owner), "key": key}
    return client.get(reverse("account_reset_password_from_key", kwargs=arguments))["Location"]


def kept() -> dict:
    return Session.objects.get().get_decoded()


def test_the_session_holds_no_key_that_works(client, form, key):
    assert client.get(form).status_code == 200
    assert key not in str(kept())
    assert re.match(r"gAAAA", kept()[KEY_IN_SESSION])


def test_the_form_works_and_nothing_of_the_key_stays(client, cast, form):
    client.post(form, {"password1": NEW, "password2": "another"})  # the form comes back
    client.post(form, {"password1": NEW, "password2": NEW})
    cast.owner.refresh_from_db()
    assert cast.owner.check_password(NEW)
    assert KEY_IN_SESSION not in kept()


def test_a_key_of_another_secret_key_asks_for_a_new_link(client, form, settings):
    session = client.session
    session[KEY_IN_SESSION] = "gAAAAA-of-another-site"
    session.save()
    answer = client.get(form)
    assert answer.status_code == 200
    assert 'name="password1"' not in answer.text
