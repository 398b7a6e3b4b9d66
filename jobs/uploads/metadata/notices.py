"""Reads the notices of a photo: copyright, artist and capture date. All other metadata is dropped."""

import struct
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from PIL import ExifTags, Image, IptcImagePlugin, JpegImagePlugin, TiffImagePlugin

from jobs.uploads.metadata.moments import read_moment
from jobs.uploads.metadata.text import clean_text
from jobs.uploads.metadata.xmp import read_xmp

TEXT_LIMITS = {"copyright": 500, "artist": 500}
"""Longest notices, in characters."""

BROKEN_METADATA = (
    AttributeError, AssertionError, EOFError, KeyError, IndexError, OSError, OverflowError, SyntaxError, TypeError,
    ValueError, ZeroDivisionError, struct.error,
)  # fmt: skip
"""What Pillow raises on malformed metadata. Malformed notices must not make a photo unusable."""


def read_notices(image: Image.Image) -> dict[str, str]:
    """Reads `copyright`, `artist` and `captured_at` from EXIF, else IPTC, XMP or PNG text.

    `captured_at` is ISO 8601, with an offset if the camera wrote one. Never raises on malformed metadata.
    """
    found: dict[str, str] = {}
    for read in (_from_exif, _from_iptc, _from_xmp, _from_png_text):
        try:
            found = clean_notices(read(image)) | found
        except BROKEN_METADATA:
            continue
    return found


def clean_notices(notices: Mapping[str, Any]) -> dict[str, str]:
    """Returns only the known keys, with clean text within TEXT_LIMITS and a valid date."""
    clean = {key: clean_text(str(notices.get(key) or ""), limit=limit) for key, limit in TEXT_LIMITS.items()}
    clean["captured_at"] = _clean_moment(str(notices.get("captured_at") or ""))
    return {key: value for key, value in clean.items() if value}


def _clean_moment(text: str) -> str:
    try:
        return datetime.fromisoformat(text.strip()).isoformat(timespec="seconds")
    except ValueError:
        return ""


def _from_exif(image: Image.Image) -> dict[str, str]:
    exif = image.getexif()
    details = exif.get_ifd(ExifTags.IFD.Exif)
    taken = " ".join(_texts(details.get(ExifTags.Base.DateTimeOriginal)))
    offset = " ".join(_texts(details.get(ExifTags.Base.OffsetTimeOriginal)))
    return {
        "copyright": " ".join(_texts(exif.get(ExifTags.Base.Copyright))),  # photographer, then editor
        "artist": _join(_texts(exif.get(ExifTags.Base.Artist))),
        "captured_at": read_moment(taken + offset) or read_moment(taken),
    }


def _from_iptc(image: Image.Image) -> dict[str, str]:
    """Reads the records of IPTC-IIM 4.2: 2:55 and 2:60 date and time, 2:80 by-lines, 2:116 copyright notice."""
    if not isinstance(image, (JpegImagePlugin.JpegImageFile, TiffImagePlugin.TiffImageFile)):
        return {}
    records: Mapping[Any, Any] = IptcImagePlugin.getiptcinfo(image) or {}
    day, time = "".join(_texts(records.get((2, 55)))), "".join(_texts(records.get((2, 60))))
    return {
        "copyright": " ".join(_texts(records.get((2, 116)))),
        "artist": _join(_texts(records.get((2, 80)))),
        "captured_at": read_moment(day + time) or read_moment(day),
    }


def _from_xmp(image: Image.Image) -> dict[str, str]:
    packet = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    return {key: _join(values) for key, values in read_xmp(packet).items()}


def _from_png_text(image: Image.Image) -> dict[str, str]:
    # Keywords of the PNG specification. Its date ("Creation Time") is not read: it has no fixed format.
    return {"copyright": str(image.info.get("Copyright", "")), "artist": str(image.info.get("Author", ""))}


def _join(names: list[str]) -> str:
    """Joins several names as EXIF 2.32 (Artist) and the Metadata Working Group write them."""
    return "; ".join(names)


def _texts(value: Any) -> list[str]:
    """Returns a tag's values as strings; NUL separates several values of one tag."""
    if isinstance(value, (list, tuple)):
        return [text for one in value for text in _texts(one)]
    if value is None:
        return []
    # Pillow reads text as Latin-1, but phones and editors write UTF-8.
    raw = value if isinstance(value, bytes) else str(value).encode("latin-1", "replace")
    return [text for part in raw.split(b"\0") if (text := _decode(part).strip())]


def _decode(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
