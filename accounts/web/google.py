"""Sign-in with Google, and linking it: the way there, the way back, and unlinking."""

from __future__ import annotations

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.helpers import complete_social_login
from allauth.socialaccount.internal import statekit
from allauth.socialaccount.internal.flows import connect
from allauth.socialaccount.models import SocialAccount
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from accounts.callers import signed_in_user
from accounts.google import PROVIDER, Flow, Identity, authorization_url, begin, identify
from accounts.web.reauthentication import recently_proved
from creator.lib.errors import Refused
from creator.web.pages import page

LOGIN, CONNECT = "login", "connect"
UNKNOWN = "This sign-in with Google was not begun in this browser, or too long ago. Begin again."
CANCELLED = "You did not continue with Google. Nothing has changed."
DONE = "This was done already, perhaps in another window. Sign in with Google again."
NO_OTHER_WAY = "Set a password first: without Google you could not sign in any more."


@page("POST", signed_in=False)
def sign_in(request: HttpRequest) -> HttpResponseBase:
    """Leads to Google, to sign in or sign up."""
    back = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure())
    return _ask(request, LOGIN, back if is_ours else "")


def _security(request: HttpRequest) -> str:
    return reverse("account_security")


@page("POST", again=_security)
@recently_proved
def link(request: HttpRequest) -> HttpResponseBase:
    """Leads to Google, to link the account that the person chooses there."""
    return _ask(request, CONNECT, reverse("account_security"))


@page("GET", signed_in=False)
def callback(request: HttpRequest) -> HttpResponseBase:
    """Where Google sends the person back to."""
    state_id = request.GET.get("state", "")
    state = statekit.unstash_state(request, provider_id=PROVIDER, state_id=state_id)
    if state is None:
        raise Refused("not_authenticated", UNKNOWN)
    code = request.GET.get("code", "")
    if not code:
        messages.info(request, CANCELLED)
        return redirect("account_security" if state["process"] == CONNECT else "account_login")
    flow = Flow(state.pop("nonce"), state.pop("verifier"))
    identity = identify(flow, code=code, redirect_uri=_back_to(request))
    try:
        return _complete(request, state, identity)
    except IntegrityError as error:  # the same account signed up or was linked a moment ago
        raise Refused("too_late", DONE) from error


@page("GET", "POST")
@recently_proved
def unlink(request: HttpRequest) -> HttpResponseBase:
    """Asks whether to unlink Google, and does it."""
    user = signed_in_user(request)
    account = SocialAccount.objects.filter(user=user, provider=PROVIDER).first()
    if account is None:
        raise Refused("not_found", "No Google account is linked.")
    if not user.has_usable_password():
        messages.error(request, NO_OTHER_WAY)
        return redirect("account_set_password")
    if request.method != "POST":
        return render(request, "account/google_unlink.html", {"address": account.extra_data.get("email", "")})
    _unlink(request, account)
    return redirect("account_security")


@transaction.atomic
def _unlink(request: HttpRequest, account: SocialAccount) -> None:
    try:
        connect.validate_disconnect(request, account)
    except ValidationError as error:
        raise Refused("not_allowed", NO_OTHER_WAY) from error
    connect.disconnect(request, account)


def _ask(request: HttpRequest, process: str, back: str) -> HttpResponse:
    flow = begin()
    kept = {"process": process, "next": back, "nonce": flow.nonce, "verifier": flow.verifier}
    state_id = get_adapter().generate_state_param(kept)
    address = authorization_url(flow, state=state_id, redirect_uri=_back_to(request))
    statekit.stash_state(request, provider_id=PROVIDER, state=kept, state_id=state_id)
    return HttpResponseRedirect(address)


@transaction.atomic
def _complete(request: HttpRequest, state: dict[str, str], identity: Identity) -> HttpResponse:
    """Signs in, signs up or links, in one transaction with its audit line and mail."""
    provider = get_adapter().get_provider(request, PROVIDER)
    claims = {"sub": identity.subject, "email": identity.email, "email_verified": True}
    login = provider.sociallogin_from_response(request, claims)
    login.state = state
    answer: HttpResponse = complete_social_login(request, login)
    return answer


def _back_to(request: HttpRequest) -> str:
    return request.build_absolute_uri(reverse("google_callback"))
