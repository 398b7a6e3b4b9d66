"""Formats numbers and times for pages."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

MOMENTS = {
    "day": "%-d %B %Y",
    "minute": "%-d %b %Y, %H:%M",
    "short": "%-d %b, %H:%M",
    "clock": "%H:%M:%S",
    "whole": "%-d %B %Y, %H:%M:%S",
}
"""Forms of a time; static/js/local-time.js has the same."""
SIGNS = {"eur": "€", "usd": "$", "gbp": "£"}
WITHOUT_CENTS = frozenset(
    [
        "bif",
        "clp",
        "djf",
        "gnf",
        "jpy",
        "kmf",
        "krw",
        "mga",
        "pyg",
        "rwf",
        "ugx",
        "vnd",
        "vuv",
        "xaf",
        "xof",
        "xpf",
    ]
)
IN_THOUSANDTHS = frozenset(["bhd", "jod", "kwd", "omr", "tnd"])
"""Currencies whose smallest unit is the whole one, or a thousandth of it.

Source: https://docs.stripe.com/currencies, "Zero-decimal currencies" and "Three-decimal currencies".
"""
_ORDINALS = {1: "st", 2: "nd", 3: "rd"}


def count(number: int, noun: str, plural: str = "") -> str:
    """`count(3, "photo")` is "3 photos"."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def ordinal(number: int) -> str:
    """1st, 2nd, 3rd, 4th, 11th, 21st."""
    suffix = "th" if number % 100 in (11, 12, 13) else _ORDINALS.get(number % 10, "th")
    return f"{number:,}{suffix}"


def money(amount: int, currency: str) -> str:
    """Formats an amount in the currency's smallest unit: `money(1950, "eur")` is "€19.50", `money(900, "chf")` "CHF 9"."""
    digits = 0 if currency in WITHOUT_CENTS else 3 if currency in IN_THOUSANDTHS else 2
    whole, rest = divmod(abs(amount), 10**digits)
    number = f"{whole:,}.{rest:0{digits}}" if rest else f"{whole:,}"
    sign = SIGNS.get(currency, f"{currency.upper()} ")
    return f"{'−' if amount < 0 else ''}{sign}{number}"


def duration(seconds: float) -> str:
    """Formats seconds: "0.8 s", "48 s", "2 min 5 s", "1 h 3 min"."""
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


def about(seconds: float) -> str:
    """Formats an estimate: "about 40 s", rounded to 5 s, or to minutes from 90 s on."""
    if seconds < 90:
        return f"about {max(5, round(seconds / 5) * 5)} s"
    return f"about {round(seconds / 60)} min"


def moment(at: datetime, form: str) -> str:
    """Formats a time in one of MOMENTS, in the active time zone and naming it: "28 Nov 2026, 09:05 UTC"."""
    local = timezone.localtime(at)
    zone = f"{local:%Z}"  # of zones without a name of their own it is the offset, such as -03 or +0545
    offset = f"UTC{zone[:3]}:{zone[3:]}".removesuffix(":")
    return f"{local:{MOMENTS[form]}} {zone if zone.isalpha() else offset}"
