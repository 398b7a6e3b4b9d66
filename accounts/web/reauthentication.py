"""Asks people to prove again who they are before they change what protects their account."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect, QueryDict

from accounts.callers import signed_in_user
from creator.http.refusals import wants_json
from creator.http.ways_on import again_of
from creator.lib.errors import Refused

View = Callable[..., HttpResponseBase]
NOT_YET = "Nothing is done yet: confirm that it is you, then send the form again."
AGAIN = "Prove again who you are: open Sign-in and security and try it there."


def recently_proved(view: View) -> View:
    """Shows the page only to a person who proved in this session, within ACCOUNT_REAUTHENTICATION_TIMEOUT seconds,
    who they are: by password, code, passkey, or else by a link in a mail. Others are asked first.

    Unlike allauth's decorator, it keeps nothing of a form that was sent: a session is a row, and a form may hold
    passwords. The person comes back to the empty form. It asks people without a password too.
    """

    @wraps(view)
    def answer(request: HttpRequest, *arguments: object, **named: object) -> HttpResponseBase:
        back = request.get_full_path() if request.method == "GET" else again_of(request) or request.path
        if not request.user.is_authenticated:
            return redirect_to_login(back)
        if has_proved(request):
            return view(request, *arguments, **named)
        if wants_json(request):
            raise Refused("not_authenticated", AGAIN)
        if request.method != "GET":
            messages.info(request, NOT_YET)
        return HttpResponseRedirect(f"{_first_way(request)}?{_next(back)}")

    answer.again = getattr(view, "again", None)  # type: ignore[attr-defined]
    return answer


def has_proved(request: HttpRequest) -> bool:
    """Whether the session has a proof that is recent enough. A sign-in alone is none, as allauth has it."""
    records = get_authentication_records(request, signed_in_user(request))
    proofs = [each["at"] for each in records if each.get("reauthenticated")]
    return bool(proofs) and time.time() - proofs[-1] < app_settings.REAUTHENTICATION_TIMEOUT


def _first_way(request: HttpRequest) -> str:
    address: str = get_adapter().get_reauthentication_methods(request.user)[0]["url"]
    return address


def _next(back: str) -> str:
    query = QueryDict(mutable=True)
    query[REDIRECT_FIELD_NAME] = back
    return query.urlencode(safe="/")
