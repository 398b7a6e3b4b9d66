"""Converts any picture that Pillow opens to 8-bit RGB or RGBA in sRGB."""

import io

from PIL import Image, ImageCms

from jobs.uploads.colour.stated import StatedColour, read_stated_colour

_SRGB_NAMES = {"srgb", "srgb built-in", "srgb iec61966-2.1"}
_PROFILE_SPACES = {"RGB": "RGB", "L": "GRAY", "CMYK": "CMYK"}
_PROFILE_BYTES = 8 * 1024**2
"""Largest profile that is used; those of printing presses have up to 3 MiB."""
_PROFILE_TABLE = 128 + 4 + 12 * 100
"""End of the table of 100 tags, the most that Little CMS reads (ICC.1:2022, section 7.3)."""


def to_srgb(image: Image.Image) -> Image.Image:
    """Converts a loaded, upright picture to 8-bit RGB or RGBA in sRGB, without any metadata.

    Applies the colour that the file states or an embedded ICC profile, but ignores a profile that is broken
    or of another colour space, as viewers do.
    """
    stated, profile = read_stated_colour(image.info), image.info.get("icc_profile")
    colours, alpha = _split_alpha(_to_8_bit(image))
    if stated:
        colours = _apply_stated(colours, stated)
    elif profile:
        colours = _apply_profile(colours, profile) or colours
    result = colours.convert("RGB")
    if alpha is not None and alpha.getextrema() != (255, 255):
        result.putalpha(alpha)
    result.info = {}
    return result


def _to_8_bit(image: Image.Image) -> Image.Image:
    """Converts to L, LA, RGB, RGBA or CMYK with 8 bits per channel."""
    if image.mode.startswith("I;16"):
        return _reduce_depth(image)
    if image.mode == "LAB":
        return _from_lab(image)
    transparency = image.info.get("transparency")
    if image.mode in ("P", "PA"):
        return image.convert("RGBA" if transparency is not None or image.mode == "PA" else "RGB")
    if transparency is not None and image.mode in ("1", "L", "RGB"):
        return image.convert("RGBA")
    if image.mode in ("L", "LA", "RGB", "RGBA", "CMYK"):
        return image
    return image.convert({"1": "L", "La": "LA", "RGBa": "RGBA"}.get(image.mode, "RGB"))


def _reduce_depth(image: Image.Image) -> Image.Image:
    wide = image.convert("I")
    # White is 65535 in 16 bits and 255 in 8 bits: divide by 257 and round.
    grey = wide.point([(value + 128) // 257 for value in range(65536)], "L")
    clear = image.info.get("transparency")
    if not isinstance(clear, int):
        return grey
    alpha = wide.point([0 if value == clear else 255 for value in range(65536)], "L")
    return Image.merge("LA", (grey, alpha))


def _from_lab(image: Image.Image) -> Image.Image:
    result = ImageCms.profileToProfile(
        image, ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), outputMode="RGB"
    )
    if result is None:  # only when converting in place
        raise ValueError("no image")
    result.info = {}
    return result


def _split_alpha(image: Image.Image) -> tuple[Image.Image, Image.Image | None]:
    if image.mode not in ("LA", "RGBA"):
        return image, None
    return image.convert("L" if image.mode == "LA" else "RGB"), image.getchannel("A")


def _apply_stated(image: Image.Image, stated: StatedColour) -> Image.Image:
    """Returns `image` in sRGB. Converts some rows at a time, which takes little memory."""
    import numpy as np  # slow to import, and most pictures need no arithmetic of ours

    from jobs.uploads.colour.linear_light import PIXELS_AT_A_TIME, make_converter

    convert, result = make_converter(255, stated), image.convert("RGB")
    rows = max(1, PIXELS_AT_A_TIME // result.width)
    for top in range(0, result.height, rows):
        box = (0, top, result.width, min(top + rows, result.height))
        pixels = np.asarray(result.crop(box))
        result.paste(Image.fromarray(convert(pixels.reshape(-1, 3)).reshape(pixels.shape)), box)
    return result


def _apply_profile(image: Image.Image, profile: bytes) -> Image.Image | None:
    """Returns `image` in sRGB, or None if the profile is sRGB already, broken or of another colour space."""
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(_without_long_chains(profile)))
        colour_space = source.profile.xcolor_space.strip()
        if colour_space == "GRAY" and image.mode == "RGB":
            image = image.convert("L")
        if colour_space != _PROFILE_SPACES[image.mode]:
            return None
        if ImageCms.getProfileDescription(source).strip().lower() in _SRGB_NAMES:
            return None
        return ImageCms.profileToProfile(
            image,
            source,
            ImageCms.createProfile("sRGB"),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return None


def _without_long_chains(profile: bytes) -> bytes:
    """Hides the tags D2Bx and B2Dx (ICC.1:2022, section 9.2): chains of any length, worked through for each colour.

    Every profile has other tags for the same, which browsers use.
    """
    if len(profile) > _PROFILE_BYTES:
        return b""
    table = profile[:_PROFILE_TABLE].replace(b"D2B", b"d2b").replace(b"B2D", b"b2d")
    return table + profile[_PROFILE_TABLE:]
