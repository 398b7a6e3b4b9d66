"""Linking and unlinking Google: only by a person who just proved who they are, and never the last way in."""

import pytest
from allauth.account.internal.flows.reauthentication import reauthenticate_by_password
from allauth.socialaccount.models import SocialAccount
from django.test import Client, RequestFactory

from accounts.enums import SecurityEvent
from accounts.models import User
from creator.platform.models import AuditLine, Delivery

LINK, UNLINK = "/account/google/link/", "/account/google/unlink/"


def prove(visitor: Client, user: User) -> None:
    """As giving the password at /accounts/reauthenticate/."""
    request = RequestFactory().post("/accounts/reauthenticate/")
    request.user, request.session = user, visitor.session
    reauthenticate_by_password(request)
    request.session.save()


@pytest.fixture
def owner(owner, visitor):
    visitor.force_login(owner)
    prove(visitor, owner)
    return owner


def actions(user) -> list[str]:
    return list(AuditLine.objects.filter(subject=f"user:{user.pk}").values_list("action", flat=True))


def mails() -> list[str]:
    return [each.payload.get("kind") for each in Delivery.objects.all()]


def test_a_link_needs_a_fresh_proof(google, visitor, cast):
    visitor.force_login(cast.owner)
    answer = visitor.post(LINK)
    assert (answer.status_code, SocialAccount.objects.exists()) == (302, False)
    assert not answer["Location"].startswith(google.issuer)


def test_linked_once_it_signs_in(google, owner, visitor, sign_in):
    assert sign_in(LINK)["Location"] == "/account/security/"
    assert SocialAccount.objects.get().user == owner
    assert "Fig@Example.org" in visitor.get("/account/security/").text
    assert SecurityEvent.GOOGLE_LINKED in actions(owner)
    visitor.post("/accounts/logout/")
    assert sign_in()["Location"] == "/home/"
    assert User.objects.filter(email="fig@example.org").count() == 0


def test_the_account_of_another_person_is_not_linked(google, owner, visitor, sign_in, cast):
    SocialAccount.objects.create(user=cast.other, provider="google", uid="1001")
    answer = sign_in(LINK)
    assert (answer.status_code, SocialAccount.objects.get().user) == (403, cast.other)


def test_a_second_google_account_is_not_linked(google, owner, sign_in):
    SocialAccount.objects.create(user=owner, provider="google", uid="another")
    assert (sign_in(LINK).status_code, SocialAccount.objects.count()) == (403, 1)


def test_unlinked_it_opens_nothing(google, owner, visitor, sign_in):
    sign_in(LINK)
    assert visitor.get(UNLINK).status_code == 200
    assert visitor.post(UNLINK)["Location"] == "/account/security/"
    assert not SocialAccount.objects.exists()
    assert SecurityEvent.GOOGLE_UNLINKED in actions(owner)
    visitor.post("/accounts/logout/")
    sign_in()
    assert visitor.get("/home/").wsgi_request.user != owner


def test_without_a_password_it_stays(google, visitor, sign_in):
    sign_in()
    person = User.objects.get()
    prove(visitor, person)
    assert visitor.post(UNLINK)["Location"] == "/accounts/password/set/"
    assert SocialAccount.objects.exists()
    assert "Set a password first" in visitor.get("/account/security/").text


def test_the_person_gets_a_mail_of_each(google, owner, visitor, sign_in):
    sign_in(LINK)
    visitor.post(UNLINK)
    sent = [str(each.payload) for each in Delivery.objects.order_by("pk")]
    assert [name for text in sent for name in ("google_linked", "google_unlinked") if f"{name}" in text] == [
        "google_linked",
        "google_unlinked",
    ]
