"""Opens AVIF pictures with Pillow, and those with HDR or wide gamut in all their bits with OpenCV."""

from __future__ import annotations

import io
from typing import IO, TYPE_CHECKING, Any

from PIL import AvifImagePlugin, Image, UnidentifiedImageError

from jobs.uploads.files.heif_failures import explain_failure
from jobs.uploads.files.iso_picture import DECODER_THREADS, wrap_iso_picture
from jobs.uploads.files.opened import OpenedPicture
from jobs.uploads.unfit import Unfit

if TYPE_CHECKING:
    from numpy.typing import NDArray


def open_avif(file: IO[bytes]) -> OpenedPicture:
    """Decodes nothing yet. Raises Unfit for an animation, and any error of the plugin."""
    AvifImagePlugin.DEFAULT_MAX_THREADS = DECODER_THREADS
    content = file.read()
    image = _open(content)
    if getattr(image, "is_animated", False):
        raise Unfit("unsupported_image", "is animated.")
    return wrap_iso_picture(image, content, _decode_deep)


def _open(content: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(content), formats=["AVIF"])
    except (UnidentifiedImageError, ValueError):
        pass
    try:  # broken EXIF data are the reason, or not
        return Image.open(io.BytesIO(_without_exif(content)), formats=["AVIF"])
    except UnidentifiedImageError:
        raise explain_failure(content) from None


def _without_exif(content: bytes) -> bytes:
    """Gives the item of the EXIF data, in the list of items, a type that the decoder passes over."""
    items = content.find(b"iinf")
    return content[:items] + content[items:].replace(b"Exif", b"exif", 1)


def _decode_deep(content: bytes, depth: int) -> tuple[NDArray[Any], int]:
    from jobs.uploads.colour.deep import decode_with_opencv  # NumPy, only where it is needed

    return decode_with_opencv(content), (1 << depth) - 1
