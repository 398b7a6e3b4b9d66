"""Previews and thumbnails, and the EXIF block that holds the notices.

This module needs only Pillow, because the decoding child imports it.
"""

import io
from collections.abc import Mapping

from PIL import Image, WebPImagePlugin  # noqa: F401 - registers the encoder; else Pillow imports every plugin

PREVIEW_BOX, PREVIEW_BYTES = (1400, 1400), 120_000
THUMBNAIL_BOX, THUMBNAIL_BYTES = (480, 720), 40_000
_QUALITIES = (80, 68, 54, 40, 25)

_COPYRIGHT, _ARTIST, _EXIF_IFD, _TAKEN, _TAKEN_OFFSET = 0x8298, 0x013B, 0x8769, 0x9003, 0x9011


def derive_preview(image: Image.Image) -> bytes:
    """Returns a WebP of at most 1400 px on its longest side, aiming at 120 kB. `image` is RGB or RGBA."""
    return _encode_within(_fit(image, PREVIEW_BOX), PREVIEW_BYTES)


def derive_thumbnail(image: Image.Image) -> bytes:
    """Returns a WebP of at most 480 × 720 px (width × height), aiming at 40 kB. `image` is RGB or RGBA."""
    return _encode_within(_fit(image, THUMBNAIL_BOX), THUMBNAIL_BYTES)


def _fit(image: Image.Image, box: tuple[int, int]) -> Image.Image:
    small = image.copy() if image.width <= box[0] and image.height <= box[1] else image
    if small is image:
        scale = min(box[0] / image.width, box[1] / image.height)
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        small = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    small.info = {}  # Pillow would write this metadata into the file
    return small


def _encode_within(image: Image.Image, target: int) -> bytes:
    """Encodes at the best of a few qualities that fits into `target` bytes, else at the lowest one."""
    content = b""
    for quality in _QUALITIES:
        stream = io.BytesIO()
        image.save(stream, "WEBP", quality=quality, method=2)
        content = stream.getvalue()
        if len(content) <= target:
            break
    return content


def exif_block(notices: Mapping[str, str]) -> bytes:
    """Returns EXIF data with the `copyright`, `artist` and `captured_at` (ISO 8601) of `notices`.

    It starts with the TIFF header and is empty if there are no notices. Text is UTF-8, as phones and editors
    write it.
    """
    exif = Image.Exif()
    for tag, key in ((_COPYRIGHT, "copyright"), (_ARTIST, "artist")):
        if notices.get(key):
            exif[tag] = notices[key].encode()
    taken = notices.get("captured_at", "")
    if taken:
        exif[_EXIF_IFD] = {_TAKEN: taken[:19].replace("-", ":").replace("T", " ")}
        if taken[19:]:
            exif[_EXIF_IFD] |= {_TAKEN_OFFSET: taken[19:].replace("Z", "+00:00")}
    return exif.tobytes().removeprefix(b"Exif\0\0") if len(exif) else b""
