"""Built into every template (see settings): icons, navigation, counts and durations in words."""

from __future__ import annotations

from functools import lru_cache

from django import template
from django.contrib.staticfiles import finders
from django.template.context import Context
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

TITLES = {
    "malformed_request": "We could not read that",
    "not_authenticated": "Sign in first",
    "not_allowed": "Not allowed",
    "not_found": "Not found",
    "method_not_allowed": "Not this way",
    "preset_unavailable": "This preset cannot run now",
    "too_late": "Too late",
    "body_too_large": "Too large",
    "image_too_large": "Too large",
    "queue_full": "The queue is full",
    "rate_limited": "Slow down a little",
    "service_unavailable": "Back in a moment",
}
ORDINALS = {1: "st", 2: "nd", 3: "rd"}


@register.simple_tag
def icon(name: str) -> SafeString:
    """One drawing of the sprite, for the eye only: the words stand beside it."""
    address = static("vendor/icons.svg")
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>', address, name)


@register.simple_tag(takes_context=True)
def nav(context: Context, name: str, words: str) -> SafeString:
    """A link of the main navigation; the page that is open is marked."""
    match = getattr(context.get("request"), "resolver_match", None)
    current = ' aria-current="page"' if match is not None and match.url_name == name else ""
    return format_html('<a href="{}"{}>{}</a>', reverse(name), SafeString(current), words)


@register.simple_tag
def preset_picture(slug: str, which: str) -> str:
    """Address of the preset's `before` or `after` picture, or nothing if it has none (imported presets)."""
    path = f"presets/{slug}/{which}.webp"
    return static(path) if _exists(path) else ""


@lru_cache(maxsize=256)
def _exists(path: str) -> bool:
    return finders.find(path) is not None


@register.filter
def error_title(code: str) -> str:
    """The headline of an error page."""
    return TITLES.get(code, "That did not work")


@register.filter
def count(number: int, noun: str) -> str:
    """`3|count:"photo"` is "3 photos"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


@register.filter
def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th, 11th, 21st."""
    suffix = "th" if number % 100 in (11, 12, 13) else ORDINALS.get(number % 10, "th")
    return f"{number:,}{suffix}"


@register.filter
def duration(seconds: float) -> str:
    """Seconds in words: "0.8 s", "48 s", "2 min 5 s", "1 h 3 min"."""
    if seconds < 0.1:
        return "under 0.1 s"
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s" if whole % 60 else f"{whole // 60} min"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


@register.filter
def about(seconds: float) -> str:
    """An estimate, no more exact than it is: "about 40 s", in steps of 5 s, of minutes from 90 s on."""
    if seconds < 90:
        return f"about {max(5, round(seconds / 5) * 5)} s"
    return f"about {round(seconds / 60)} min"
