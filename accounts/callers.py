"""Who a request comes from, with its type."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest
from rest_framework.request import Request

from accounts.models import User
from accounts.principals import Principal


def signed_in_user(request: HttpRequest) -> User:
    """The user of a page that requires sign-in."""
    return cast(User, request.user)


def caller_of(request: Request) -> User:
    """The user for whom a program calls the API."""
    return cast(User, request.user)


def principal_of(request: Request) -> Principal:
    """Who calls the API, by which means, and what they may do."""
    return cast(Principal, request.auth)
