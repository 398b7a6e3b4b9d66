"""What `/auth/me` says about a person; billing, which knows the plan, has the view."""

from __future__ import annotations

from typing import Any

from allauth.account.utils import has_verified_email

from accounts.principals import Principal


def describe(principal: Principal) -> dict[str, Any]:
    """The fields of `PersonAnswer`."""
    user = principal.user
    return {
        "id": user.pk,
        "email": user.shown_email,
        "name": user.name,
        "verified": has_verified_email(user, user.email),
        "means": principal.means,
        "scopes": sorted(principal.scopes),
    }
