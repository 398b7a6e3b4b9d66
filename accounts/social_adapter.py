"""allauth's adapter of outside accounts: who may sign in, sign up and link with Google."""

from __future__ import annotations

from typing import Any

from allauth.account.internal.userkit import filter_users_by_email
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialLogin
from django.http import HttpRequest
from django.urls import reverse

from accounts import sign_up
from accounts.emails import normal, shown
from creator.lib.errors import Refused

KNOWN = (
    "There is an account with the address of this Google account. Sign in to it with its password, or choose a new "
    "one by mail; then link Google under Sign-in and security."
)
NOT_INVITED = "The address of this Google account may not sign up here. Ask the operator of this installation for an invitation."
CLOSED = "New accounts cannot be created here at present."
OTHER_PERSON = "This Google account is linked to another account here. Unlink it there first."
HAS_ONE = "Another Google account is linked to your account. Unlink it first."


class SocialAdapter(DefaultSocialAccountAdapter):
    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Refuses what would let one person into the account of another.

        Google's word for an address is not enough to open an account that exists: whoever signed up with the address
        before need not be its owner. So the person proves that the account is theirs, and links it there.
        """
        if sociallogin.state.get("process") == "connect":
            _check_link(request.user, sociallogin)
        elif not sociallogin.is_existing:
            _check_sign_up(sociallogin.user.email)

    def populate_user(self, request: HttpRequest, sociallogin: SocialLogin, data: dict[str, Any]) -> Any:
        """`data` has the address in lower case, `extra_data` as Google wrote it."""
        user, address = sociallogin.user, sociallogin.account.extra_data["email"]
        user.email, user.typed_email = normal(address), shown(address)
        return user

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return sign_up.may_sign_up(sociallogin.user.email)

    def get_connect_redirect_url(self, request: HttpRequest, socialaccount: SocialAccount) -> str:
        return reverse("account_security")


def _check_link(user: Any, sociallogin: SocialLogin) -> None:
    if sociallogin.is_existing and sociallogin.user != user:
        raise Refused("not_allowed", OTHER_PERSON)
    linked = SocialAccount.objects.filter(user=user, provider=sociallogin.account.provider)
    if linked.exclude(uid=sociallogin.account.uid).exists():
        raise Refused("not_allowed", HAS_ONE)


def _check_sign_up(address: str) -> None:
    """Says which it is: Google has proved that the person who reads this owns the address."""
    if filter_users_by_email(address):
        raise Refused("not_allowed", KNOWN)
    if not sign_up.is_open():
        raise Refused("not_allowed", CLOSED)
    if not sign_up.may_sign_up(address):
        raise Refused("not_allowed", NOT_INVITED)
