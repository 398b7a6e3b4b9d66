"""Reads the notices of a photo: copyright, artist and capture date. All other metadata is dropped."""

import html
import re
import struct
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from PIL import ExifTags, Image, IptcImagePlugin, JpegImagePlugin, TiffImagePlugin

from jobs.uploads.unfit import clean_text

TEXT_LIMITS = {"copyright": 300, "artist": 200}
"""Longest notices, in characters."""

BROKEN_METADATA = (
    AttributeError, AssertionError, EOFError, KeyError, IndexError, OSError, OverflowError, SyntaxError, TypeError,
    ValueError, ZeroDivisionError, struct.error,
)  # fmt: skip
"""What Pillow raises on malformed metadata. Malformed notices must not make a photo unusable."""

_XMP_BYTES = 262_144
_OFFSET = re.compile(r"[+-]\d\d:\d\d")
_XMP_TEXT = r"<dc:%s\b[^>]*>.{0,400}?<rdf:li\b[^>]*>(.{1,2000}?)</rdf:li>"


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
    """Returns only the known keys, with printable text within TEXT_LIMITS and a valid date."""
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
    offset = _text(details.get(ExifTags.Base.OffsetTimeOriginal)).strip()
    return {
        "copyright": _text(exif.get(ExifTags.Base.Copyright)),
        "artist": _text(exif.get(ExifTags.Base.Artist)),
        "captured_at": _moment(_text(details.get(ExifTags.Base.DateTimeOriginal)), offset),
    }


def _moment(text: str, offset: str) -> str:
    """Converts EXIF's "2024:05:01 12:30:00" to ISO 8601; empty for the zeros of cameras without a clock."""
    try:
        moment = datetime.strptime(text.strip("\0 "), "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 - EXIF has local time
    except ValueError:
        return ""
    return moment.isoformat() + (offset if _OFFSET.fullmatch(offset) else "")


def _from_iptc(image: Image.Image) -> dict[str, str]:
    if not isinstance(image, (JpegImagePlugin.JpegImageFile, TiffImagePlugin.TiffImageFile)):
        return {}
    records: Mapping[Any, Any] = IptcImagePlugin.getiptcinfo(image) or {}
    day, time = _text(records.get((2, 55))), _text(records.get((2, 60))) or "000000"
    return {
        "copyright": _text(records.get((2, 116))),
        "artist": _text(records.get((2, 80))),
        "captured_at": f"{day[:4]}-{day[4:6]}-{day[6:8]}T{time[:2]}:{time[2:4]}:{time[4:6]}" if day else "",
    }


def _from_xmp(image: Image.Image) -> dict[str, str]:
    packet = image.info.get("xmp") or image.info.get("XML:com.adobe.xmp") or b""
    text = packet if isinstance(packet, str) else bytes(packet[:_XMP_BYTES]).decode(errors="replace")
    found = {"copyright": "rights", "artist": "creator"}
    for key, element in found.items():
        match = re.search(_XMP_TEXT % element, text[:_XMP_BYTES], re.DOTALL)
        found[key] = html.unescape(match[1]) if match else ""
    return found


def _from_png_text(image: Image.Image) -> dict[str, str]:
    # Keywords of the PNG specification. Its date ("Creation Time") is not read: it has no fixed format.
    return {"copyright": str(image.info.get("Copyright", "")), "artist": str(image.info.get("Author", ""))}


def _text(value: Any) -> str:
    """Returns a tag's value as a string. Pillow reads text as Latin-1, but phones and editors write UTF-8."""
    if isinstance(value, (list, tuple)):
        value = value[0] if value else ""
    if value is None:
        return ""
    raw = value if isinstance(value, bytes) else str(value).encode("latin-1", "replace")
    raw = raw.rstrip(b"\0 ").replace(b"\0", b" ")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")
