"""How large and how small a photo may be. The child uses it too, so it imports neither Django nor Pillow."""

from jobs.uploads.unfit import Unfit

MAX_SIDE = 20_000
"""Longest side in pixels; a panorama from a phone has about 16,000."""
MIN_SIDE = 2
"""Shortest side in pixels: the presets sharpen with a radius of one, which a node refuses on fewer."""
MAX_RATIO = 12
"""Longer side by shorter side: the presets blur a copy of 256 pixels with a radius of 20, which a node
refuses unless its shorter side has 21."""


def count_pixels(megapixels: int) -> int:
    """Returns how many pixels a photo of so many megapixels may have: 5 % more, because makers round.

    Phones "with 24 and 50 megapixels" make 5,712 × 4,284 and 8,192 × 6,144 pixels; cameras make up to 51.3
    million.
    """
    return megapixels * 1_050_000


def check_size(width: int, height: int, *, megapixels: int) -> None:
    """Raises Unfit for a picture, in pixels, that is too large, too small or too long."""
    short, long = sorted((width, height))
    size = f"{width:,} × {height:,}"
    if width * height > count_pixels(megapixels):
        count = f"{width * height / 1e6:,.1f}".removesuffix(".0")
        at_most = f"Send at most {megapixels:,} megapixels."
        reason = f"has {count} megapixels ({size})."
        raise Unfit("image_too_large", reason, at_most, exceeds="megapixels")
    if long > MAX_SIDE:
        raise Unfit("image_too_large", f"is {long:,} pixels long on one side.", f"Send at most {MAX_SIDE:,}.")
    if short < MIN_SIDE:
        at_least = f"Send a picture of at least {MIN_SIDE} pixels on each side."
        raise Unfit("unsupported_image", f"is only {size} pixels large.", at_least)
    if long > MAX_RATIO * short:
        advice = f"Send a picture whose longer side is at most {MAX_RATIO} times its shorter side."
        raise Unfit("unsupported_image", f"is too long and narrow ({size} pixels).", advice)
