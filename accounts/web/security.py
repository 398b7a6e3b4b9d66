from __future__ import annotations

from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.callers import signed_in_user
from accounts.factors import factors_of
from accounts.google import PROVIDER
from creator.web.pages import page


@page("GET")
def security(request: HttpRequest) -> HttpResponse:
    """How the person signs in: password, addresses, second factors, and what is missing."""
    user = signed_in_user(request)
    return render(
        request,
        "account/security.html",
        {
            "factors": factors_of(user),
            "has_password": user.has_usable_password(),
            "google": SocialAccount.objects.filter(user=user, provider=PROVIDER).first(),
            "main": EmailAddress.objects.filter(user=user, primary=True).first(),
        },
    )
