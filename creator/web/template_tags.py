"""Tags and filters built into every template (see settings): icons, navigation, counts, times, durations."""

from __future__ import annotations

import json
from datetime import date, datetime

from django import template
from django.core.serializers.json import DjangoJSONEncoder
from django.forms import BoundField
from django.template.context import Context
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.dateformat import format as date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from creator.lib import formatting

register = template.Library()
for _filter in (formatting.count, formatting.duration, formatting.money):
    register.filter(_filter)
register.filter("moment_text", formatting.moment)  # for mails, which have no scripts


@register.simple_tag
def icon(name: str) -> SafeString:
    """An icon of the sprite, hidden from screen readers: it always has a text label beside it."""
    address = static("vendor/icons.svg")
    return format_html('<svg class="icon" aria-hidden="true"><use href="{}#{}"/></svg>', address, name)


@register.filter
def code_words(text: str) -> SafeString:
    """The text with what stands in backticks as code."""
    parts = text.split("`")
    return format_html_join(
        "", "{}", ((_as_code(part) if at % 2 else part,) for at, part in enumerate(parts))
    )


def _as_code(text: str) -> SafeString:
    return format_html("<code>{}</code>", text)


@register.simple_tag(takes_context=True)
def nav(context: Context, name: str, title: str, *inside: str) -> SafeString:
    """A link of a navigation; marks it on its page, and on the pages `inside` it, which have no link of their own."""
    match = getattr(context.get("request"), "resolver_match", None)
    current = ' aria-current="page"' if match is not None and match.url_name in (name, *inside) else ""
    return format_html('<a href="{}"{}>{}</a>', reverse(name), SafeString(current), title)


@register.filter
def moment(at: datetime, form: str) -> SafeString:
    """A time in the zone that the viewer chose; else in UTC, for a script to show the browser's.

    The script is static/js/local-time.js, and it leaves alone what is not in its element.
    """
    shown = format_html(
        '<time datetime="{}" title="{}">{}</time>',
        at.isoformat(),
        formatting.moment(at, "whole"),
        formatting.moment(at, form),
    )
    if timezone.get_current_timezone() is not timezone.get_default_timezone():
        return shown
    return format_html('<local-time data-form="{}">{}</local-time>', form, shown)


@register.filter
def calendar_day(day: date, form: str = "j M Y") -> str:
    """A day without a time, and so without a zone: "28 Nov 2026". `form` as for Django's `date`."""
    return date_format(day, form)


@register.filter
def without_placeholder(field: BoundField) -> SafeString:
    """The field's widget without a placeholder: in allauth's forms it only repeats the label."""
    return field.as_widget(attrs={"placeholder": False})


@register.filter
def number(value: int) -> str:
    """12,345."""
    return f"{value:,}"


@register.filter
def as_json(value: object) -> str:
    """JSON for an attribute that a script reads; the template escapes it."""
    return json.dumps(value, cls=DjangoJSONEncoder)
