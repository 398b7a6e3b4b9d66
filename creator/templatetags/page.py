"""Built into every template (see settings): icons, navigation, counts and durations in words."""

from __future__ import annotations

from functools import lru_cache

from django import template
from django.contrib.staticfiles import finders
from django.forms import BoundField
from django.template.context import Context
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from creator.lib import words

register = template.Library()
for _words in (words.count, words.duration):
    register.filter(_words)

TITLES = {
    "malformed_request": "We could not read that",
    "not_authenticated": "Sign in first",
    "not_allowed": "Not allowed",
    "not_found": "Not found",
    "method_not_allowed": "Not this way",
    "preset_unavailable": "This preset cannot run now",
    "too_late": "Too late",
    "gone": "No longer kept",
    "body_too_large": "Too large",
    "image_too_large": "Too large",
    "queue_full": "The queue is full",
    "rate_limited": "Slow down a little",
    "service_unavailable": "Back in a moment",
}


@register.simple_tag
def icon(name: str) -> SafeString:
    """One drawing of the sprite, for the eye only: the words stand beside it."""
    address = static("vendor/icons.svg")
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>', address, name)


@register.simple_tag(takes_context=True)
def nav(context: Context, name: str, title: str) -> SafeString:
    """A link of the main navigation; the page that is open is marked."""
    match = getattr(context.get("request"), "resolver_match", None)
    current = ' aria-current="page"' if match is not None and match.url_name == name else ""
    return format_html('<a href="{}"{}>{}</a>', reverse(name), SafeString(current), title)


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
def without_placeholder(field: BoundField) -> SafeString:
    """The widget of a field; placeholders of others' forms only repeat the label that stands above."""
    return field.as_widget(attrs={"placeholder": False})
