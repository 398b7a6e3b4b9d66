"""Identifies a file's format by its first bytes; names and extensions are ignored."""

from typing import Literal

from jobs.uploads.files.other_files import describe, describe_iso_media
from jobs.uploads.unfit import Unfit

Format = Literal["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"]

HEAD_BYTES = 4096
"""Bytes of a file's start that `identify` needs."""

_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_AVIF_BRANDS = {b"avif", b"avis"}
_TIFF_MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def identify(head: bytes) -> Format:
    """Returns the format by a file's first HEAD_BYTES, or all of a shorter file. Raises Unfit for others."""
    if not head:
        raise Unfit("unsupported_image", "is empty.")
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head.startswith(_TIFF_MAGIC):
        return _identify_tiff(head)
    if head[4:8] == b"ftyp":
        return _identify_iso_media(head)
    raise Unfit("unsupported_image", describe(head))


def _identify_tiff(head: bytes) -> Format:
    if head[8:10] == b"CR":  # Canon CR2
        raise Unfit("unsupported_image", "is a camera RAW file.")
    return "TIFF"


def _identify_iso_media(head: bytes) -> Format:
    """HEIF (ISO/IEC 23008-12) and AVIF share the container of MP4; the brands in `ftyp` tell them apart."""
    end = min(int.from_bytes(head[:4]), len(head))
    brands = {head[8:12], *(head[at : at + 4] for at in range(16, end, 4))}
    if head[8:12] != b"mif3":
        if brands & _AVIF_BRANDS:
            return "AVIF"
        if brands & _HEIC_BRANDS:
            return "HEIF"
    raise Unfit("unsupported_image", describe_iso_media(head[8:12]))


def webp_canvas(head: bytes) -> tuple[int, int] | None:
    """Returns the (width, height) in pixels that a WebP header declares (RFC 9649), or None if it is broken.

    Pillow allocates the whole canvas when it opens a WebP, so the size must be checked before that.
    """
    kind, body = head[12:16], head[20:30]
    if len(body) < 10:
        return None
    if kind == b"VP8X":
        return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if kind == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 ":
        width, height = int.from_bytes(body[6:8], "little"), int.from_bytes(body[8:10], "little")
        return width & 0x3FFF, height & 0x3FFF
    return None
