"""Opens JPEGs. One is whole if its pixels are, with or without the marker at its end: cameras forget that."""

import io
from typing import IO

from PIL import Image, ImageChops, UnidentifiedImageError

from jobs.uploads.files.jpeg_scans import check_parts, read_scans
from jobs.uploads.files.opened import OpenedPicture
from jobs.uploads.unfit import SAVE_AGAIN, Unfit

_PROCESSES = {0xC0, 0xC1, 0xC2, 0xC9, 0xCA}
"""Sequential and progressive, with Huffman or arithmetic coding (ITU-T T.81, table B.1)."""
_END = b"\xff\xd9"


def _fill(bits: bytes, first_restart: int) -> bytes:
    restarts = [bytes((0xFF, 0xD0 + (first_restart + number) % 8)) for number in range(8)]
    return b"".join(start + bits for start in (b"", *restarts))


_FILLINGS = _fill(b"\xaa" * 64, 0), _fill(bytes(73 * n % 255 for n in range(64)), 4)
"""Bits that stand for other coefficients than zeros do, whichever Huffman code reads them, in this restart
interval or the next. Of libjpeg's answers to an unexpected restart marker, one or the other decodes them."""
_ZEROS_OF_PIXELS = 4
"""So many zeros may be the end of compressed pixels; more are none."""
_EMPTY = {127, 128}
"""Values of a pixel whose block is missing; 127 in CMYK."""


def open_jpeg(file: IO[bytes]) -> OpenedPicture:
    """Decodes nothing yet. Raises Unfit for a file of too many parts, and any error of Pillow."""
    content = file.read()
    check_parts(content)
    try:
        image = _open(content)
    except UnidentifiedImageError:
        _check_process(content)
        raise
    return OpenedPicture(image.size, lambda: _load(image, content))


def _open(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content), formats=["JPEG"])


def _check_process(content: bytes) -> None:
    """Raises Unfit for lossless, hierarchical and 12-bit pictures and JPEG-LS."""
    scans = read_scans(content)
    if scans.process is not None and (scans.process not in _PROCESSES or scans.bits != 8):
        raise Unfit("unsupported_image", "stores its pixels in a way that we do not read.", SAVE_AGAIN)


def _load(image: Image.Image, content: bytes) -> Image.Image:
    """Decodes; only a file that looks unfinished is examined, which takes as long again."""
    failure = None
    try:
        image.load()
    except OSError as error:
        failure = error
    else:
        if content.endswith(_END) and not _ends_empty(image):
            return image
    scans = read_scans(content)
    if scans.is_closed and failure:
        _check_process(content)
        raise failure
    if scans.is_closed and not _ends_empty(image):
        return image
    if not (scans.is_closed or scans.are_all_there):
        raise _cut_short()
    pixels = content[: scans.end]
    return _load_whole(pixels if scans.is_closed else _without_padding(pixels))


def _ends_empty(image: Image.Image) -> bool:
    """Whether the last pixel looks like one of a missing block."""
    pixel = image.getpixel((image.width - 1, image.height - 1))
    return set(pixel if isinstance(pixel, tuple) else (pixel,)) <= _EMPTY


def _without_padding(pixels: bytes) -> bytes:
    """Drops the row of zeros that a missing end may leave behind compressed pixels."""
    bare = pixels.rstrip(b"\0")
    if len(pixels) - len(bare) <= _ZEROS_OF_PIXELS:
        return pixels
    return bare + b"\0" if bare.endswith(b"\xff") else bare  # a byte of FF is stored as FF 00


def _load_whole(content: bytes) -> Image.Image:
    """Decodes a file without its end; raises Unfit if the decoder needs more than there is.

    Behind the pixels the decoder reads zeros. If other bits there change the picture, it wanted them.
    """
    image = _open(content + _END)
    image.load()
    for filling in _FILLINGS:
        other = _open(content + filling + _END)
        other.load()
        if ImageChops.difference(image, other).getbbox(alpha_only=False):
            raise _cut_short()
    return image


def _cut_short() -> Unfit:
    return Unfit("unsupported_image", "is cut short or damaged.", SAVE_AGAIN)
