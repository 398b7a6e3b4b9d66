"""Turns a picture as its EXIF orientation says."""

from collections.abc import Mapping
from typing import Any

from PIL import ExifTags, Image

from jobs.uploads.metadata.notices import BROKEN_METADATA

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What undoes each orientation (EXIF 2.32, section 4.6.4)."""


def turn_upright(image: Image.Image, header: Image.Image) -> Image.Image:
    """Returns a loaded picture upright, or as it is if the EXIF data in `header` names no orientation.

    The orientation in XMP turns nothing, as in browsers and libvips. `Image.getexif` would mix it in.
    """
    turn = _TURNS.get(_read_orientation(header))
    return image if turn is None else image.transpose(turn)


def _read_orientation(image: Image.Image) -> Any:
    tags: Mapping[int, Any] | None = getattr(image, "tag_v2", None)  # of a TIFF
    if tags is None:
        tags = exif = Image.Exif()
        try:
            exif.load(image.info.get("exif", b""))
        except BROKEN_METADATA:
            return None
    return tags.get(ExifTags.Base.Orientation)
