"""Template context of every page."""

from __future__ import annotations

from django.http import HttpRequest

from creator.lib.theme import THEME_COOKIE, THEMES


def page(request: HttpRequest) -> dict[str, str]:
    """`theme`: light, dark or system.

    `here`: the address that the theme form returns to. Makes no queries.
    """
    chosen = request.COOKIES.get(THEME_COOKIE, "")
    return {
        "theme": chosen if chosen in THEMES else "system",
        "here": request.get_full_path() if request.method == "GET" else "/",
    }
