"""The cookie that holds the chosen theme."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseBase

from creator.lib.theme import THEME_COOKIE

A_YEAR_S = 365 * 24 * 3600


def remember_theme(request: HttpRequest, response: HttpResponseBase, theme: str) -> None:
    """Lets the browser keep the theme, also while nobody is signed in and on pages made without the database."""
    response.set_cookie(
        THEME_COOKIE, theme, max_age=A_YEAR_S, samesite="Lax", secure=request.is_secure(), httponly=True
    )
