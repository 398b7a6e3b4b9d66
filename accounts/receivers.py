"""What follows from what people do with their accounts: audit lines, mails, and telling the apps above."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allauth.account.internal.userkit import filter_users_by_email
from allauth.account.signals import (
    password_changed,
    password_reset,
    password_set,
    user_logged_in,
    user_signed_up,
)
from allauth.mfa.signals import authentication_failed
from allauth.socialaccount.models import SocialAccount, SocialLogin
from allauth.socialaccount.signals import social_account_added, social_account_removed
from django.contrib import messages
from django.contrib.auth import user_logged_out
from django.contrib.auth.signals import user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse

from accounts.audit import record
from accounts.elsewhere import end_elsewhere
from accounts.enums import Means, SecurityEvent
from accounts.erasure import stop_erasure
from accounts.models import User
from accounts.sign_ins import sign_in_failed, signed_in
from accounts.sign_up import use_invitation
from accounts.signals import tell_access_ended

KEPT = (
    "Welcome back. Your account was to be deleted; now it stays. API keys and signed-in programs have ended."
)


@receiver(user_logged_out)
def end_session(request: Any, **_: Any) -> None:
    if request.session.session_key:
        tell_access_ended(Means.SESSION, request.session.session_key)


@receiver(user_logged_in)
def note_sign_in(user: User, request: HttpRequest, response: HttpResponse, **_: Any) -> None:
    """By the pages. Django's own signal also comes when a test or a command makes a session."""
    signed_in(user, request, response)
    if stop_erasure(user, address=request.META["REMOTE_ADDR"]):
        messages.success(request, KEPT)


@receiver(user_login_failed)
def note_wrong_password(credentials: Mapping[str, Any], request: HttpRequest | None, **_: Any) -> None:
    """By pages and by the token API: Django sends it wherever a password is checked."""
    for user in filter_users_by_email(credentials.get("email", ""), for_login=True):
        sign_in_failed(user, request)


@receiver(authentication_failed)
def note_wrong_code(user: User, request: HttpRequest, **_: Any) -> None:
    sign_in_failed(user, request)


@receiver(user_signed_up)
def greet(request: HttpRequest, user: User, **_: Any) -> None:
    use_invitation(user)
    record(SecurityEvent.SIGNED_UP, user, address=request.META["REMOTE_ADDR"])


@receiver(user_logged_out)
def note_sign_out(request: HttpRequest, user: User | None, **_: Any) -> None:
    if user:
        record(SecurityEvent.SIGNED_OUT, user, address=request.META.get("REMOTE_ADDR", ""))


@receiver([password_changed, password_reset, password_set])
def follow_new_password(request: HttpRequest, user: User, **_: Any) -> None:
    record(SecurityEvent.PASSWORD_CHANGED, user, address=request.META["REMOTE_ADDR"])
    end_elsewhere(user, request)


@receiver(social_account_added)
def note_link(request: HttpRequest, sociallogin: SocialLogin, **_: Any) -> None:
    record(SecurityEvent.GOOGLE_LINKED, sociallogin.user, address=request.META["REMOTE_ADDR"])


@receiver(social_account_removed)
def note_unlink(request: HttpRequest, socialaccount: SocialAccount, **_: Any) -> None:
    record(SecurityEvent.GOOGLE_UNLINKED, socialaccount.user, address=request.META["REMOTE_ADDR"])
