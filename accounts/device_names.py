"""What a device calls itself, in words for its person: "Chrome on Windows".

The names come from these tables alone: a User-Agent is a text that a stranger chose, and goes into mails and pages.
"""

from __future__ import annotations

BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Vivaldi/", "Vivaldi"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("python", "A Python program"),
)
"""Part of the User-Agent → browser. The first that fits counts: Edge also says Chrome, and Chrome also Safari."""
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
UNKNOWN = "An unknown program"


def device_name(user_agent: str) -> str:
    """Browser and system of a `User-Agent` (RFC 9110, 10.1.5), as far as they are known."""
    browser, system = _first(BROWSERS, user_agent), _first(SYSTEMS, user_agent)
    return f"{browser or UNKNOWN} on {system}" if system else browser or UNKNOWN


def _first(table: tuple[tuple[str, str], ...], user_agent: str) -> str:
    return next((name for part, name in table if part in user_agent), "")
