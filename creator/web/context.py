"""Template context of every page."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

from creator.lib.theme import THEME_COOKIE, THEMES


def page(request: HttpRequest) -> dict[str, str | bool]:
    """`theme`: light, dark or system. `may_sign_up`: whether the site offers to create an account.

    `offers_google`: whether people may sign in with Google.
    `here`: the address that the theme form returns to. Makes no queries.
    """
    chosen = request.COOKIES.get(THEME_COOKIE, "")
    return {
        "theme": chosen if chosen in THEMES else "system",
        "may_sign_up": settings.CONFIG.sign_up != "closed",
        "offers_google": bool(settings.CONFIG.google_client_id),
        "here": request.get_full_path() if request.method == "GET" else "/",
    }
