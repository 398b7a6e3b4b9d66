"""Opens HEIC pictures with libheif, and those with HDR or wide gamut in all their bits."""

from __future__ import annotations

import io
from typing import IO, TYPE_CHECKING, Any

import pillow_heif
from PIL import Image, UnidentifiedImageError

from jobs.uploads.files.heif_failures import explain_failure
from jobs.uploads.files.iso_picture import DECODER_THREADS, wrap_iso_picture
from jobs.uploads.files.opened import OpenedPicture

if TYPE_CHECKING:
    from numpy.typing import NDArray


def open_heif(file: IO[bytes]) -> OpenedPicture:
    """Decodes nothing yet. Takes the primary picture of several. Raises Unfit or any error of the plugin."""
    pillow_heif.options.DECODE_THREADS = DECODER_THREADS
    pillow_heif.register_heif_opener()
    content = file.read()
    try:
        image = Image.open(io.BytesIO(content), formats=["HEIF"])
    except UnidentifiedImageError:
        raise explain_failure(content) from None
    return wrap_iso_picture(image, content, _decode_deep)


def _decode_deep(content: bytes, depth: int) -> tuple[NDArray[Any], int]:
    import numpy as np  # only where it is needed

    heif = pillow_heif.open_heif(io.BytesIO(content), convert_hdr_to_8bit=False)
    samples = np.asarray(heif).reshape(*heif.size[::-1], -1)
    # libheif puts a sample's bits into the upper ones of 16.
    return samples, ((1 << depth) - 1) << (16 - depth)
