"""Lays photos on the preset's ground for the node, and gives results their transparency back.

ComfyUI's LoadImage drops the alpha channel, so a graph would work on the colours that are hidden under
transparent pixels. Nodes therefore get opaque pictures (ADR 0019).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Self

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageColor

from jobs.uploads.fast_png import write_png

Colours = npt.NDArray[np.int32]

_ROWS = 256
"""Rows converted at a time: wide integers take four times the memory of a picture."""


def lay_on(picture: Image.Image, ground: str, file: IO[bytes]) -> None:
    """Writes a PNG of an RGBA picture on the colour `ground` (#rrggbb), composed in sRGB as browsers do."""
    write_png(flatten(picture, ground), file)


def flatten(picture: Image.Image, ground: str) -> Image.Image:
    """Returns an RGBA picture on the colour `ground` in RGB."""
    flat = Image.new("RGB", picture.size, ground)
    flat.paste(picture, mask=picture.getchannel("A"))
    return flat


@dataclass(frozen=True)
class Cutout:
    """The transparency of a photo that its result is to have too.

    `alpha` (L) is the photo's alpha channel, `ground` (#rrggbb) the colour that the node saw behind it.
    """

    alpha: Image.Image
    ground: str

    @classmethod
    def read(cls, photo: IO[bytes], ground: str) -> Self:
        """Returns the cut-out of a stored photo that is transparent."""
        return cls(Image.open(photo, formats=["PNG"]).getchannel("A"), ground)

    def lift(self, result: Image.Image) -> Image.Image:
        """Returns `result` (RGB), which was made on the ground, in RGBA without the ground.

        Laid on the ground again it looks as before: the colour C of a pixel with opacity a solves
        F = a C + (1 - a) G (Porter and Duff 1984, "over"). Fully transparent pixels get the ground's colour, so
        a program that ignores alpha shows it.
        """
        alpha = self.alpha.resize(result.size, Image.Resampling.LANCZOS)
        ground = np.array(ImageColor.getrgb(self.ground)[:3], np.int32)
        lifted = Image.new("RGBA", result.size)
        for top, bottom in _bands(result.height):
            box = (0, top, result.width, bottom)
            lifted.paste(_lift(result.crop(box), alpha.crop(box), ground), box)
        return lifted


def _bands(height: int) -> Iterator[tuple[int, int]]:
    for top in range(0, height, _ROWS):
        yield top, min(top + _ROWS, height)


def _lift(result: Image.Image, alpha: Image.Image, ground: Colours) -> Image.Image:
    seen = np.asarray(result, np.int32)
    opacity = np.asarray(alpha, np.int32)[..., None]
    divisor = np.maximum(opacity, 1)
    colours = (255 * seen - (255 - opacity) * ground + divisor // 2) // divisor
    colours = np.where(opacity == 0, ground, np.clip(colours, 0, 255))
    return Image.fromarray(np.concatenate([colours, opacity], axis=-1).astype(np.uint8), "RGBA")
