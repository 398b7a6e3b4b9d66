"""Opens HEIC pictures with libheif, and those with HDR or wide gamut in all their bits."""

import io
from typing import IO

import pillow_heif
from PIL import Image, UnidentifiedImageError

from jobs.uploads.colour.stated import StatedColour, read_stated_colour, without_stated_colour
from jobs.uploads.files.heif_failures import explain_failure
from jobs.uploads.files.isobmff import read_primary_picture
from jobs.uploads.files.opened import OpenedPicture

_THREADS = 2  # several children run at once, and each decoder thread takes address space


def open_heif(file: IO[bytes]) -> OpenedPicture:
    """Decodes nothing yet. Takes the primary picture of several. Raises Unfit or any error of the plugin."""
    pillow_heif.options.DECODE_THREADS = _THREADS
    pillow_heif.register_heif_opener()
    content = file.read()
    try:
        image = Image.open(io.BytesIO(content), formats=["HEIF"])
    except UnidentifiedImageError:
        raise explain_failure(content) from None
    primary = read_primary_picture(content)
    if primary.nclx:
        image.info["nclx"] = primary.nclx
    stated = read_stated_colour(image.info)
    if stated and primary.depth > 8:
        return OpenedPicture(image.size, lambda: _load_deep(content, image, primary.depth, stated))
    return OpenedPicture.of(image)


def _load_deep(content: bytes, header: Image.Image, depth: int, stated: StatedColour) -> Image.Image:
    import numpy as np

    from jobs.uploads.colour.deep import convert_deep

    heif = pillow_heif.open_heif(io.BytesIO(content), convert_hdr_to_8bit=False)
    samples = np.asarray(heif).reshape(*heif.size[::-1], -1)
    # libheif puts a sample's bits into the upper ones of 16.
    picture = convert_deep(samples, ((1 << depth) - 1) << (16 - depth), stated)
    picture.info = without_stated_colour(header.info)
    return picture
