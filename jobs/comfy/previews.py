"""Reads type and size of a preview from its first bytes, without decoding it: browsers do that, not we.

A node says what it likes about its pictures. Only small ones of three kinds are passed on, under the type that they
really have.
"""

from __future__ import annotations

from dataclasses import dataclass

MOST_BYTES = 4 * 1024**2
LONGEST_SIDE = 4096
_PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
_FRAMES = {0xC0 + code for code in range(16)} - {0xC4, 0xC8, 0xCC}


@dataclass(frozen=True, slots=True)
class PreviewFile:
    """A picture to show. Sides in pixels."""

    content: bytes
    mime: str
    size: tuple[int, int]

    @property
    def is_blank(self) -> bool:
        """Whether this is the picture of one pixel that `ComfyClient.blank` leaves of a file."""
        return self.size == (1, 1)


def read_preview(content: bytes) -> PreviewFile | None:
    """None: it is no JPEG, PNG or WebP, or larger than MOST_BYTES or LONGEST_SIDE."""
    if len(content) > MOST_BYTES:
        return None
    for mime, read in (("image/jpeg", _jpeg_size), ("image/png", _png_size), ("image/webp", _webp_size)):
        size = read(content)
        if size and min(size) > 0 and max(size) <= LONGEST_SIDE:
            return PreviewFile(content, mime, size)
    return None


def _png_size(content: bytes) -> tuple[int, int] | None:
    """The sides in IHDR, which comes first (PNG third edition, 11.2.1)."""
    if not content.startswith(_PNG) or len(content) < 24:
        return None
    return int.from_bytes(content[16:20]), int.from_bytes(content[20:24])


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    """The sides in the first frame header (ITU-T T.81, B.2.2), after segments that say their length."""
    if not content.startswith(b"\xff\xd8"):
        return None
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:
        if content[at + 1] in _FRAMES:
            return int.from_bytes(content[at + 7 : at + 9]), int.from_bytes(content[at + 5 : at + 7])
        at += 2 + max(2, int.from_bytes(content[at + 2 : at + 4]))
    return None


def _webp_size(content: bytes) -> tuple[int, int] | None:
    """The canvas of an extended file, or the size of the one frame (RFC 9649, 2.5 to 2.7)."""
    if content[:4] != b"RIFF" or content[8:12] != b"WEBP" or len(content) < 30:
        return None
    kind, body = content[12:16], content[20:]
    if kind == b"VP8X":
        return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if kind == b"VP8L" and body[0] == 0x2F:
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 " and body[3:6] == b"\x9d\x01\x2a":
        width, height = (int.from_bytes(body[at : at + 2], "little") & 0x3FFF for at in (6, 8))
        return width, height
    return None
