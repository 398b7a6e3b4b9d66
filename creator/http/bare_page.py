"""An error page that needs neither database nor session nor the manifest of static files."""

from __future__ import annotations

from django.conf import settings
from django.http import parse_cookie
from django.template.loader import render_to_string

from creator.http.ways_on import START, WayOn
from creator.lib.theme import THEME_COOKIE, THEMES


def bare_page(
    title: str, message: str, *, request_id: str = "", way: WayOn = START, cookies: str = ""
) -> str:
    """HTML in the site's design, with the way on. `cookies`: the request's header, for the chosen theme."""
    theme = parse_cookie(cookies).get(THEME_COOKIE, "")
    context = {
        "title": title,
        "message": message,
        "way": way,
        "request_id": request_id,
        "theme": theme if theme in THEMES else "system",
        "static_url": settings.STATIC_URL,
    }
    return render_to_string("error_bare.html", context)
