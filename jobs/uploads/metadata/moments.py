"""Reads the date and time at which a photo was taken, as EXIF, IPTC and XMP write it."""

import re
from datetime import datetime

_MOMENT = re.compile(
    r"(\d{4})[-:]?(\d\d)[-:]?(\d\d)"
    r"(?:[T ]?(\d\d):?(\d\d)(?::?(\d\d)(?:[.,]\d+)?)?\s*(?:(Z)|([+-]\d\d):?(\d\d))?)?"
)


def read_moment(text: str) -> str:
    """Returns the moment in ISO 8601 to the second, with an offset if it has one; empty if it is none.

    Reads EXIF's "2024:05:01 12:30:00", with an offset behind it or not, IPTC's "20240501123000+0200", and
    XMP's "2024-05-01T12:30:00.25+02:00", also without seconds. A date without a time is midnight.
    """
    match = _MOMENT.fullmatch(text.strip("\0 \t\r\n"))
    if match is None:
        return ""
    year, month, day, hour, minute, second, utc, offset, offset_minute = match.groups("")
    zone = "+00:00" if utc else f"{offset}:{offset_minute}" if offset else ""
    try:
        moment = f"{year}-{month}-{day}T{hour or '00'}:{minute or '00'}:{second or '00'}{zone}"
        return datetime.fromisoformat(moment).isoformat()
    except ValueError:  # the zeros of cameras without a clock
        return ""
