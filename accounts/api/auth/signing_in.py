"""A program's sign-in: allauth's stages, then tokens instead of a session."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import _get_login_hook_kwargs
from allauth.account.models import Login
from allauth.account.stages import LoginStageController
from allauth.mfa import app_settings as mfa_settings
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.internal.constants import LoginStageKey
from allauth.mfa.models import Authenticator
from allauth.utils import get_form_class
from django.contrib.auth.models import update_last_login
from django.core import signing
from django.db import transaction
from django.http import HttpRequest
from django.middleware.csrf import get_token, rotate_token
from rest_framework.response import Response

from accounts import tokens
from accounts.api.auth.forms import check
from accounts.api.cookies import set_tokens
from accounts.api.schemas.auth import CookiesAnswer, TokensAnswer
from accounts.erasure import stop_erasure
from accounts.models import User
from accounts.sign_ins import signed_in
from creator.api.errors import CHALLENGE
from creator.lib.errors import Refused

CODE_WITHIN_S = 300
SALT = "accounts.api.auth.login"
SECOND_FACTOR: str = LoginStageKey.MFA_AUTHENTICATE.value
ASK_FOR_CODE = "This account has a second factor. Send its code with the login_token to /api/v1/auth/login/second-factor."
ON_THE_PAGE = "The second factor of this account is a passkey, which only the sign-in page can ask for."
UNVERIFIED = "Confirm your email address first: we sent you a mail with a link."
CLOSED = "This account is not active."
SIGN_IN_REFUSALS = ("not_authenticated", "second_factor_required", "email_unverified", "not_allowed")
TOO_LATE = "This sign-in took too long or the password has changed. Begin again."


def sign_in(request: HttpRequest, login: Login, *, device: str, cookies: bool) -> Response:
    """Answers with tokens for the person of `login`, who has shown a password or a Google account.

    Raises Refused: `not_allowed` for an inactive person; `email_unverified`; `second_factor_required` with the
    `login_token` that continues here.
    """
    user: User = login.user
    if get_adapter().pre_login(request, user, **_get_login_hook_kwargs(login)):
        raise Refused("not_allowed", CLOSED)
    stages = LoginStageController(request, login)
    if stages.handle():
        if stages.state["current"] == SECOND_FACTOR:
            raise _second_factor_required(login, user)
        raise Refused("email_unverified", UNVERIFIED)
    address = request.META["REMOTE_ADDR"]
    with transaction.atomic():
        stop_erasure(user, address=address)
        pair = tokens.issue(user, device=device or request.headers.get("User-Agent", ""), address=address)
        signed_in(user, request)
        update_last_login(User, user)  # for sessions Django does it; links to reset the password end with it
    if cookies:
        rotate_token(request)
    return answer_with(request, pair, cookies=cookies)


def answer_with(request: HttpRequest, pair: tokens.Tokens, *, cookies: bool) -> Response:
    """The pair in the body, or in cookies with a CSRF token in the body."""
    body: dict[str, Any] = {
        "expires_in": int(tokens.ACCESS_LASTS.total_seconds()),
        "refresh_expires_at": pair.family.expires_at,
    }
    if not cookies:
        shown = {"access_token": pair.access, "token_type": "Bearer", "refresh_token": pair.refresh}
        return Response(TokensAnswer(body | shown).data)
    answer = Response(CookiesAnswer(body | {"csrf_token": get_token(request)}).data)
    set_tokens(answer, pair)
    return answer


def read_login(login_token: str) -> Login:
    """The sign-in that waits for its second factor. Raises Refused("not_authenticated")."""
    try:
        kept: Mapping[str, Any] = signing.loads(login_token, salt=SALT, max_age=CODE_WITHIN_S)
    except signing.BadSignature:
        raise Refused("not_authenticated", TOO_LATE, headers=CHALLENGE) from None
    login = Login.deserialize(kept["login"])
    if login.user is None or kept["proof"] not in map(_mark_of, login.user.proofs):
        raise Refused("not_authenticated", TOO_LATE, headers=CHALLENGE)
    return login


def confirm(request: HttpRequest, login: Login, code: str) -> None:
    """Takes a code of the person's second factor. Raises Refused("not_authenticated") for a wrong one."""
    form_class = get_form_class(mfa_settings.FORMS, "authenticate", AuthenticateForm)
    form = form_class({"code": code}, user=login.user)
    check(form)
    form.save()
    LoginStageController(request, login).set_handled(SECOND_FACTOR)


def _second_factor_required(login: Login, user: User) -> Refused:
    factors = Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.WEBAUTHN)
    kinds = sorted(factors.values_list("type", flat=True))
    if not kinds:
        return Refused("second_factor_required", ON_THE_PAGE, facts={"kinds": []}, headers=CHALLENGE)
    kept = {"login": login.serialize(), "proof": _mark_of(user.get_session_auth_hash())}
    facts = {"login_token": signing.dumps(kept, salt=SALT, compress=True), "kinds": kinds}
    return Refused("second_factor_required", ASK_FOR_CODE, facts=facts, headers=CHALLENGE)


def _mark_of(proof: str) -> str:
    """Tells one password's proof from another's without showing it."""
    return hashlib.sha256(proof.encode()).hexdigest()[:16]
