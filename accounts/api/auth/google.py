"""Sign-in with Google for programs on the person's own machine (RFC 8252, section 7.3: loopback).

1. The program listens on 127.0.0.1 and asks for the address to open: `POST /auth/google`.
2. The person confirms in their browser; Google sends it to our callback, which sends it on to the program.
3. The program exchanges what it got, with its PKCE verifier, for tokens: `POST /auth/google/tokens`.

So the answer reaches the machine whose browser asked Google, and only the program that began can use it.
"""

from __future__ import annotations

import json
import re
import time
from secrets import compare_digest
from typing import Any
from urllib.parse import urlencode

from allauth.account.internal.flows.login import record_authentication
from allauth.account.models import Login
from allauth.socialaccount.models import SocialAccount
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.auth.signing_in import SIGN_IN_REFUSALS, sign_in
from accounts.api.auth.views import OpenView
from accounts.api.schemas.auth import GoogleAnswer, GoogleBody, GoogleTokensBody, TokensAnswer
from accounts.attempts import Door
from accounts.encryption import Encryption, Unreadable
from accounts.google import PROVIDER, Flow, authorization_url, begin, challenge_of, identify
from creator.api.errors import CHALLENGE
from creator.lib.errors import Refused
from creator.web.pages import page

WITHIN_S = 600
LOOPBACK = re.compile(r"http://(127\.0\.0\.1|\[::1\]):[1-9]\d{0,4}(/[\w./-]*)?")
CHALLENGE_FORM = re.compile(r"[\w-]{43}", re.ASCII)
OTHER = "This sign-in was not begun here, took too long, or the verifier is another one. Begin again."
NOT_LINKED = "No account here is linked to this Google account. Sign up or link it on the pages first."
_states = Encryption("google.state")


class Google(OpenView):
    """`POST /auth/google`: the address to open in the person's browser."""

    body_fields = GoogleBody
    answers = {"POST": {200: GoogleAnswer}}
    operation_ids = {"POST": "begin_google_sign_in"}
    refusals = {"POST": ("service_unavailable",)}

    def post(self, request: Request) -> Response:
        asked = self.body
        _check(asked)
        flow = begin()
        kept = {
            "nonce": flow.nonce,
            "verifier": flow.verifier,
            "to": asked["redirect_uri"],
            "challenge": asked["code_challenge"],
            "until": time.time() + WITHIN_S,
        }
        url = authorization_url(
            flow, state=_states.encrypt(json.dumps(kept)), redirect_uri=_back_to(request._request)
        )
        return Response(GoogleAnswer({"authorization_url": url, "expires_in": WITHIN_S}).data)


class GoogleTokens(OpenView):
    """`POST /auth/google/tokens`: tokens for what the callback sent to the program."""

    door = Door.TOKEN
    body_fields = GoogleTokensBody
    answers = {"POST": {200: TokensAnswer}}
    refusals = {"POST": SIGN_IN_REFUSALS}

    def post(self, request: Request) -> Response:
        asked, django_request = self.body, request._request
        kept = _read(asked["state"])
        if not compare_digest(challenge_of(asked["code_verifier"]), kept["challenge"]):
            raise Refused("not_authenticated", OTHER, headers=CHALLENGE)
        flow = Flow(kept["nonce"], kept["verifier"])
        identity = identify(flow, code=asked["code"], redirect_uri=_back_to(django_request))
        linked = SocialAccount.objects.filter(provider=PROVIDER, uid=identity.subject).select_related("user")
        account = linked.first()
        if account is None:
            raise Refused("not_allowed", NOT_LINKED)
        record_authentication(
            django_request, account.user, method="socialaccount", provider=PROVIDER, uid=account.uid
        )
        login = Login(user=account.user, email=account.user.email)
        return sign_in(django_request, login, device=asked["device"], cookies=False)


@page("GET", signed_in=False)
def google_callback(request: HttpRequest) -> HttpResponse:
    """Sends Google's answer on to the program that waits for it on this machine."""
    kept = _read(request.GET.get("state", ""))
    names = ("state", "code", "error")
    sent = {name: request.GET[name] for name in names if name in request.GET}
    return HttpResponseRedirect(f"{kept['to']}?{urlencode(sent)}")


def _check(asked: dict[str, Any]) -> None:
    problems = {}
    if not LOOPBACK.fullmatch(asked["redirect_uri"]):
        problems["redirect_uri"] = "Give an address such as http://127.0.0.1:8765/callback."
    if not CHALLENGE_FORM.fullmatch(asked["code_challenge"]):
        problems["code_challenge"] = "Give the S256 challenge of RFC 7636: 43 characters."
    if problems:
        raise Refused("invalid_parameters", "Some fields need another look.", problems)


def _read(state: str) -> dict[str, Any]:
    """What `POST /auth/google` kept in the state. Raises Refused("not_authenticated")."""
    try:
        kept: dict[str, Any] = json.loads(_states.decrypt(state))
    except (Unreadable, UnicodeEncodeError) as error:
        raise Refused("not_authenticated", OTHER, headers=CHALLENGE) from error
    if time.time() > kept["until"]:
        raise Refused("not_authenticated", OTHER, headers=CHALLENGE)
    return kept


def _back_to(request: HttpRequest) -> str:
    return request.build_absolute_uri(reverse("api_google_callback"))
