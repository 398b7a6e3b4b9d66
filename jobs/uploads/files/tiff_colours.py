"""Turns the samples of a TIFF into a picture of Pillow. Source: TIFF 6.0, sections 3, 5, 16 and 18."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from jobs.uploads.colour.conversion import to_srgb
from jobs.uploads.files import tiff_directory as tags
from jobs.uploads.files.tiff_directory import Directory
from jobs.uploads.files.tiff_samples import read_samples

_ASSOCIATED, _UNASSOCIATED = 1, 2


def load_picture(directory: Directory, info: Mapping[Any, Any]) -> Image.Image:
    """Returns the picture with 8 bits per channel and `info`, upright only by chance."""
    if directory.number(tags.PHOTOMETRIC) == tags.PALETTE:
        indices = read_samples(directory, [0], np.arange(256, dtype=np.uint8))
        return _image("RGB", _palette(directory)[indices[:, :, 0]], info)
    return _load_channels(directory, info)


def _load_channels(directory: Directory, info: Mapping[Any, Any]) -> Image.Image:
    colours = directory.number(tags.PHOTOMETRIC)
    count, alpha, associated = tags.CHANNELS[colours], *_find_alpha(directory)
    channels = [*range(count), *([alpha] if alpha else [])]
    pixels = read_samples(directory, channels, _to_8_bit(directory.number(tags.BITS, 1)))
    if colours == tags.WHITE_IS_ZERO:
        np.subtract(255, pixels[:, :, 0], out=pixels[:, :, 0])
    if colours == tags.CMYK:
        return _convert_cmyk(pixels, info)
    mode = "L" if count == 1 else "RGB"
    if alpha:
        mode += "a" if associated else "A"  # Pillow's names
    return _image(mode, pixels, info)


def _find_alpha(directory: Directory) -> tuple[int, bool]:
    """Returns the number of the sample that is alpha, or 0, and whether the colours are multiplied by it."""
    count, samples = tags.CHANNELS[directory.number(tags.PHOTOMETRIC)], directory.number(tags.SAMPLES, 1)
    # libtiff takes an undeclared fourth sample beside RGB for alpha.
    extra = directory.numbers(tags.EXTRA_SAMPLES) or ((_UNASSOCIATED,) if count == 3 else ())
    for number, meaning in enumerate(extra[: samples - count], start=count):
        if meaning in (_ASSOCIATED, _UNASSOCIATED):
            return number, meaning == _ASSOCIATED
    return 0, False


def _to_8_bit(bits: int) -> NDArray[np.uint8]:
    """Returns the 8-bit value of each sample: the greatest one becomes 255."""
    greatest = (1 << bits) - 1
    return np.round(np.arange(greatest + 1) * (255 / greatest)).astype(np.uint8)


def _palette(directory: Directory) -> NDArray[np.uint8]:
    """Returns the RGB of each index. Some writers store 8-bit entries instead of 16-bit ones, as libtiff knows."""
    entries = np.array(directory.numbers(tags.COLOUR_MAP), np.uint32)
    colours = entries.reshape(3, -1).T
    return (colours if colours.max() < 256 else (colours + 128) // 257).astype(np.uint8)


def _convert_cmyk(pixels: NDArray[np.uint8], info: Mapping[Any, Any]) -> Image.Image:
    """Returns CMYK, or RGBA in sRGB if there is alpha, which Pillow's CMYK cannot have."""
    picture = _image("CMYK", np.ascontiguousarray(pixels[:, :, :4]), info)
    if pixels.shape[2] == 4:
        return picture
    converted = to_srgb(picture)
    converted.putalpha(Image.fromarray(pixels[:, :, 4]))
    return converted


def _image(mode: str, pixels: NDArray[np.uint8], info: Mapping[Any, Any]) -> Image.Image:
    length, width = pixels.shape[:2]
    picture = Image.frombuffer(mode, (width, length), np.ascontiguousarray(pixels), "raw", mode, 0, 1)
    picture.info = dict(info)
    return picture
