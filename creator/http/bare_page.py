"""An error page that needs neither database nor session nor the manifest of static files."""

from __future__ import annotations

from django.conf import settings
from django.template.loader import render_to_string


def bare_page(title: str, message: str, *, request_id: str = "") -> str:
    """HTML in the site's design, with a link to the start page."""
    context = {
        "title": title,
        "message": message,
        "request_id": request_id,
        "static_url": settings.STATIC_URL,
    }
    return render_to_string("error_bare.html", context)
