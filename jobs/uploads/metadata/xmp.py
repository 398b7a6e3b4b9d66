"""Reads notices from XMP (ISO 16684-1), leniently: editors write it in many ways, and some not as XML."""

import html
import re

from jobs.uploads.metadata.moments import read_moment

_BYTES = 1024**2
_NAMESPACES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "exif": "http://ns.adobe.com/exif/1.0/",
    "photoshop": "http://ns.adobe.com/photoshop/1.0/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
}
_DATES = ("exif:DateTimeOriginal", "photoshop:DateCreated", "xmp:CreateDate")
_ITEM = re.compile(r"<rdf:li\b[^<>]*>([^<]*)</rdf:li>")


def read_xmp(packet: bytes | str) -> dict[str, list[str]]:
    """Returns `copyright` (dc:rights, the first language), `artist` (every dc:creator) and `captured_at`."""
    raw = packet.encode("utf-8", "replace") if isinstance(packet, str) else packet
    text = raw[:_BYTES].decode("utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", "replace")
    moments = [moment for name in _DATES for value in _read(text, name) if (moment := read_moment(value))]
    return {
        "copyright": _read(text, "dc:rights")[:1],
        "artist": _read(text, "dc:creator"),
        "captured_at": moments[:1],
    }


def _read(text: str, name: str) -> list[str]:
    """Returns the values of a property: of its array's items, of its element, or of its attribute."""
    tag = _with_own_prefix(text, name)
    element = _find_element(text, tag)
    if element is None:
        attribute = re.search(rf"\s{tag}\s*=\s*(?:\"([^\"]*)\"|'([^']*)')", text)
        values = [attribute[1] or attribute[2] or ""] if attribute else []
    else:
        values = _ITEM.findall(element) or [element if "<" not in element else ""]
    return [value for value in map(html.unescape, values) if value.strip()]


def _find_element(text: str, tag: str) -> str | None:
    """Returns what stands in the first element, or None. `tag` is a pattern.

    One pattern for both ends would search the rest of the packet again from every start that has no end.
    """
    start = re.search(rf"<{tag}(?:\s[^<>]*)?>", text)
    end = re.compile(f"</{tag}>").search(text, start.end()) if start else None
    return text[start.end() : end.start()] if start and end else None


def _with_own_prefix(text: str, name: str) -> str:
    """Returns the tag with the prefix that the packet declares for the property's namespace, for a pattern."""
    prefix, _, local = name.partition(":")
    declared = re.search(rf"xmlns:([\w.-]+)\s*=\s*[\"']{re.escape(_NAMESPACES[prefix])}[\"']", text)
    return re.escape(f"{declared[1] if declared else prefix}:{local}")
