"""Opens PNGs. Pillow decodes the pixels and sees nothing else of the file: it refuses what browsers show."""

import functools
import io
import struct
import zlib
from typing import IO

from PIL import Image, ImageChops, ImageFile

from jobs.uploads.colour.stated import StatedColour, read_stated_colour
from jobs.uploads.files.opened import OpenedPicture
from jobs.uploads.files.png_chunks import PngChunks, read_chunks
from jobs.uploads.files.png_metadata import read_metadata
from jobs.uploads.unfit import SAVE_AGAIN, Unfit

_PIECE = 65_536


def open_png(file: IO[bytes]) -> OpenedPicture:
    """Reads all chunks and decodes nothing yet. Raises Unfit unless it is one still picture."""
    chunks = read_chunks(file.read())
    if int.from_bytes(chunks.first(b"acTL")[:4]) > 1:  # number of frames
        raise Unfit("unsupported_image", "is animated.")
    content = chunks.pixels_only()
    return OpenedPicture(_open(content).size, lambda: _load(content, chunks))


def _open(content: bytes) -> ImageFile.ImageFile:
    return Image.open(io.BytesIO(content), formats=["PNG"])


def _load(content: bytes, chunks: PngChunks) -> Image.Image:
    image = _open(content)
    try:
        image.load()
    except OSError:
        # All pixels may be there, and the checksum after them be wrong, which browsers do not look at.
        image = _open(chunks.pixels_only(without_checksum=True))
        image.load()
    if not chunks.data_is_sound or _has_an_empty_end(image):
        _check_pixels(chunks)
    image.info.update(read_metadata(chunks).items())
    keyed = _apply_colour_key(image, content, chunks)
    stated = read_stated_colour(keyed.info)
    if stated and chunks.depth == 16 and "transparency" not in keyed.info:
        return _load_deep(content, keyed, stated)
    return keyed


def _load_deep(content: bytes, image: Image.Image, stated: StatedColour) -> Image.Image:
    from jobs.uploads.colour.deep import convert_deep, decode_with_opencv  # NumPy, only where it is needed

    return convert_deep(decode_with_opencv(content), 65535, stated, image.info)


def _has_an_empty_end(image: Image.Image) -> bool:
    """Whether one of the last two rows is all zeros: where pixels are missing, Pillow leaves zeros."""
    width, height = image.size
    rows = [image.crop((0, top, width, top + 1)) for top in range(max(0, height - 2), height)]
    return not all(row.getbbox(alpha_only=False) for row in rows)


def _check_pixels(chunks: PngChunks) -> None:
    """Unpacks the pixels only to count and verify them (RFC 1950: header, deflated rows, Adler-32).

    Raises Unfit if some are missing, or if a chunk's checksum is wrong and the one within the pixels too, and
    zlib.error if they do not unpack.
    """
    packed, stream, unpacked, checksum, at = b"".join(chunks.data), zlib.decompressobj(-15), 0, 1, 2
    while at < len(packed) and not stream.eof and unpacked <= chunks.unpacked_bytes:
        piece = packed[at : at + _PIECE]
        rows = stream.decompress(piece)
        unpacked, checksum = unpacked + len(rows), zlib.adler32(rows, checksum)
        at += len(piece) - len(stream.unused_data)
    if unpacked < chunks.unpacked_bytes:
        raise Unfit("unsupported_image", "is cut short or damaged.", SAVE_AGAIN)
    if not chunks.data_is_sound and packed[at : at + 4] != checksum.to_bytes(4):
        raise Unfit("unsupported_image", "is damaged and could not be read.", SAVE_AGAIN)


def _apply_colour_key(image: Image.Image, content: bytes, chunks: PngChunks) -> Image.Image:
    """Makes the pixels of the colour key transparent, if there is one (PNG, section 11.3.1.1).

    A key has the file's depth; bits above that do not count. Pillow compares `info["transparency"]` with its
    own pixels: 8 bits per channel, or 16 for grey of 16 bits.
    """
    if image.mode == "P" or not chunks.transparency:
        return image
    deepest = (1 << chunks.depth) - 1
    key = [value & deepest for (value,) in struct.iter_unpack(">H", chunks.transparency)]
    if chunks.depth == 16 and len(key) == 3:
        image.putalpha(_differences(image, _low_bytes(content), key))
    elif chunks.depth == 16:
        image.info["transparency"] = key[0]
    else:
        scaled = tuple(value * 255 // deepest for value in key)
        image.info["transparency"] = scaled if len(scaled) == 3 else scaled[0]
    return image


def _low_bytes(content: bytes) -> Image.Image:
    """Decodes the lower half of each 16-bit sample; Pillow gives only the upper one."""
    image = _open(content)
    # The samples are big-endian: read as little-endian, their lower byte is the upper one.
    image.tile = [tile._replace(args="RGB;16L") for tile in image.tile]
    image.load()
    return image


def _differences(high: Image.Image, low: Image.Image, key: list[int]) -> Image.Image:
    """Returns an alpha channel: 0 where all three 16-bit samples equal the key, else 255."""
    halves = [*high.split(), *low.split()]
    wanted = [value >> 8 for value in key] + [value & 255 for value in key]
    differs = [
        half.point([255 * (value != one) for value in range(256)])
        for half, one in zip(halves, wanted, strict=True)
    ]
    return functools.reduce(ImageChops.lighter, differs)
