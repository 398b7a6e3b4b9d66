"""A picture of AVIF or HEIC, which share a container: in all its bits if its colour needs them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PIL import Image

from jobs.uploads.colour.stated import StatedColour, read_stated_colour
from jobs.uploads.files.isobmff import read_primary_picture
from jobs.uploads.files.opened import OpenedPicture

if TYPE_CHECKING:
    from numpy.typing import NDArray

DECODER_THREADS = 2
"""Several children run at once, and each thread of a decoder takes address space."""

DecodeDeep = Callable[[bytes, int], "tuple[NDArray[Any], int]"]
"""Takes a file and its depth in bits; returns rows × columns × channels, and a sample's greatest value."""


def wrap_iso_picture(image: Image.Image, content: bytes, decode_deep: DecodeDeep) -> OpenedPicture:
    """Decodes nothing yet. `image` is what Pillow opened of `content`.

    `decode_deep` decodes HDR or wide gamut of more than 8 bits; Pillow decodes all else.
    """
    primary = read_primary_picture(content)
    if primary.nclx:
        image.info["nclx"] = primary.nclx
    stated = read_stated_colour(image.info)
    if stated and primary.depth > 8:
        return OpenedPicture(image.size, lambda: _load(image, *decode_deep(content, primary.depth), stated))
    return OpenedPicture.of(image)


def _load(header: Image.Image, samples: NDArray[Any], white: int, stated: StatedColour) -> Image.Image:
    from jobs.uploads.colour.deep import convert_deep  # NumPy, only where it is needed

    return convert_deep(samples, white, stated, header.info)
