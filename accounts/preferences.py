"""What people may choose about how the site looks to them: time zones, languages, colours."""

from __future__ import annotations

import re
from datetime import UTC, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from django.core.exceptions import ValidationError

THEMES = {"": "As chosen on each device", "light": "Light", "dark": "Dark", "system": "Same as the system"}
_AREAS = (
    "Africa",
    "America",
    "Antarctica",
    "Arctic",
    "Asia",
    "Atlantic",
    "Australia",
    "Europe",
    "Indian",
    "Pacific",
)
_LANGUAGE = re.compile(
    r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?(-([a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*"
)


@cache
def time_zone_choices() -> dict[str, str]:
    """Names of the IANA time zone database (RFC 6557) → how people read them. The empty one is the browser's."""
    named = sorted(each for each in available_timezones() if each.partition("/")[0] in _AREAS)
    return {"": "As in the browser", "UTC": "UTC"} | {each: each.replace("_", " ") for each in named}


def zone_of(name: str) -> tzinfo | None:
    """The time zone; None for the empty name, and for one that this machine's database no longer has."""
    if name == "UTC":
        return UTC  # not Django's own object for UTC, by which pages know that no zone was chosen
    try:
        return ZoneInfo(name) if name else None
    except ZoneInfoNotFoundError:
        return None


def normal_name(name: str) -> str:
    """The name with single spaces."""
    return " ".join(name.split())


def normal_language(tag: str) -> str:
    """The tag in its usual case (RFC 5646, 2.1.1): `PT-br` is `pt-BR`, `zh_hant` is `zh-Hant`."""
    first, *rest = tag.strip().replace("_", "-").split("-")
    return "-".join([first.lower(), *map(_cased, rest)])


def check_language(tag: str) -> None:
    """Raises ValidationError for anything but language, script, region and variants (RFC 5646, 2.1)."""
    if not _LANGUAGE.fullmatch(normal_language(tag)):
        raise ValidationError("Enter a language tag, such as en, de or pt-BR.")


def _cased(part: str) -> str:
    if not part.isalpha():
        return part.lower()
    return {2: part.upper(), 4: part.title()}.get(len(part), part.lower())
