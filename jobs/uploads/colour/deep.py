"""Pictures of more than 8 bits per channel whose stated colour needs all of them, HDR above all.

Pillow reads only the upper 8 bits of colours. Reduced to those, dark and HDR tones would show steps.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from jobs.uploads.colour.linear_light import convert_to_srgb
from jobs.uploads.colour.stated import StatedColour, without_stated_colour


def decode_with_opencv(content: bytes) -> NDArray[Any]:
    """Decodes an AVIF or PNG to rows × columns × channels in RGB order, as stored. Raises ValueError."""
    import cv2

    samples = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_UNCHANGED)
    if samples is None:
        raise ValueError("OpenCV cannot decode it")
    if samples.ndim == 2:
        return samples[:, :, None]
    return samples[:, :, ::-1] if samples.shape[2] == 3 else samples[:, :, [2, 1, 0, 3]]


def convert_deep(
    samples: NDArray[Any], white: int, stated: StatedColour, info: Mapping[Any, Any]
) -> Image.Image:
    """Returns RGB or RGBA in sRGB with 8 bits, and what `info` says beside the colour, which is applied.

    `samples` is rows × columns × (grey, RGB or RGBA); `white` is the greatest value of a sample.
    """
    colours = samples[:, :, :3] if samples.shape[2] > 2 else samples[:, :, [0, 0, 0]]
    picture = Image.fromarray(convert_to_srgb(np.ascontiguousarray(colours), white, stated))
    if samples.shape[2] in (2, 4):
        alpha = samples[:, :, -1].astype(np.uint32)
        picture.putalpha(Image.fromarray(((alpha * 255 + white // 2) // white).astype(np.uint8)))
    picture.info = without_stated_colour(info)
    return picture
