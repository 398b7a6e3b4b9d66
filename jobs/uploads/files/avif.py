"""Opens AVIF pictures with Pillow, and those with HDR or wide gamut in all their bits with OpenCV."""

import io
from typing import IO

from PIL import AvifImagePlugin, Image, UnidentifiedImageError

from jobs.uploads.colour.stated import StatedColour, read_stated_colour, without_stated_colour
from jobs.uploads.files.heif_failures import explain_failure
from jobs.uploads.files.isobmff import read_primary_picture
from jobs.uploads.files.opened import OpenedPicture
from jobs.uploads.unfit import Unfit

_THREADS = 2  # several children run at once, and each decoder thread takes address space


def open_avif(file: IO[bytes]) -> OpenedPicture:
    """Decodes nothing yet. Raises Unfit for an animation, and any error of the plugin."""
    AvifImagePlugin.DEFAULT_MAX_THREADS = _THREADS
    content = file.read()
    image = _open(content)
    if getattr(image, "is_animated", False):
        raise Unfit("unsupported_image", "is animated.")
    primary = read_primary_picture(content)
    if primary.nclx:
        image.info["nclx"] = primary.nclx
    stated = read_stated_colour(image.info)
    if stated and primary.depth > 8:
        return OpenedPicture(image.size, lambda: _load_deep(content, image, primary.depth, stated))
    return OpenedPicture.of(image)


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


def _load_deep(content: bytes, header: Image.Image, depth: int, stated: StatedColour) -> Image.Image:
    from jobs.uploads.colour.deep import convert_deep, decode_with_opencv  # NumPy, only where it is needed

    picture = convert_deep(decode_with_opencv(content), (1 << depth) - 1, stated)
    picture.info = without_stated_colour(header.info)
    return picture
