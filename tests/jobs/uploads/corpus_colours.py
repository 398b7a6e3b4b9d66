"""Flat pictures with every kind of colour and alpha, and the colour that each has in sRGB."""

import struct
from collections.abc import Callable

from tests.jobs.uploads import raw_files
from tests.jobs.uploads.hostile_file import Accepted, HostileFile, Pixel, flat_pixels
from tests.jobs.uploads.pictures import BLUE, RED, SIZE, encode, flat


def colours() -> list[HostileFile]:
    return [*_profiles(), *_cmyk(), *_deep(), *_few_colours(), *_alphas()]


def _one(name: str, make: Callable[[], bytes], format: str, colour: Pixel, tolerance: int = 0) -> HostileFile:
    mode = "RGBA" if len(colour) == 4 else "RGB"
    return HostileFile(
        name, make, Accepted(format, mode=mode, pixels=flat_pixels(colour), tolerance=tolerance)
    )


def _encoded(
    name: str, mode: str, value: object, format: str, colour: Pixel, tolerance: int = 0, **options: object
) -> HostileFile:
    """A flat picture whose pixels have this value in this mode of Pillow."""
    return _one(name, lambda: encode(flat(mode, value), format, **options), format, colour, tolerance)


def _profiles() -> list[HostileFile]:
    """sRGB's pure colours in Display P3 values, and profiles that do not count."""
    p3 = raw_files.p3_profile()
    return [
        _encoded("p3-red.png", "RGB", (234, 51, 35), "PNG", RED, 3, icc_profile=p3),
        _encoded("p3-green.jpg", "RGB", (117, 251, 76), "JPEG", (0, 255, 0), 5, icc_profile=p3),
        _encoded("p3-alpha.png", "RGBA", (0, 0, 245, 99), "PNG", (*BLUE, 99), 3, icc_profile=p3),
        _encoded("no-profile.png", "RGB", BLUE, "PNG", BLUE, icc_profile=b"none" * 50),
        _encoded("other-profile.png", "L", 90, "PNG", (90, 90, 90), icc_profile=p3),
    ]


def _cmyk() -> list[HostileFile]:
    cyan, press = (255, 0, 0, 0), raw_files.cmyk_profile()
    return [
        _encoded("cmyk.jpg", "CMYK", cyan, "JPEG", (0, 255, 255), 2),
        _encoded("cmyk.tiff", "CMYK", cyan, "TIFF", (0, 255, 255)),
        _encoded("cmyk-profile.jpg", "CMYK", cyan, "JPEG", RED, 6, icc_profile=press),
    ]


def _deep() -> list[HostileFile]:
    grey, big = struct.pack(">H", 255) * SIZE[0], struct.pack(">HHH", 0xFFFF, 0x8080, 0x0101) * SIZE[0]
    little = struct.pack("<HHH", 0xFFFF, 0x8080, 0x0101) * SIZE[0] * SIZE[1]
    return [
        _one("deep.png", lambda: raw_files.png(*SIZE, 16, 2, big), "PNG", (255, 128, 1)),
        _one("deep-grey.png", lambda: raw_files.png(*SIZE, 16, 0, grey), "PNG", (1, 1, 1)),
        _one("deep.tiff", lambda: raw_files.tiff(*SIZE, 16, little), "TIFF", (255, 128, 1)),
        _encoded("deep-grey.tiff", "I;16", 0x8080, "TIFF", (128, 128, 128)),
    ]


def _few_colours() -> list[HostileFile]:
    return [
        _encoded("grey.jpg", "L", 90, "JPEG", (90, 90, 90)),
        _one("palette.png", lambda: encode(flat("RGB", RED).quantize(4), "PNG"), "PNG", RED),
        _encoded("one-bit.png", "1", 1, "PNG", (255, 255, 255)),
        _encoded("fax.tif", "1", 0, "TIFF", (0, 0, 0), compression="group4"),
    ]


def _alphas() -> list[HostileFile]:
    return [
        _encoded("grey-alpha.png", "LA", (90, 7), "PNG", (90, 90, 90, 7)),
        _encoded("alpha.png", "RGBA", (1, 2, 3, 0), "PNG", (1, 2, 3, 0)),
        _encoded("alpha.webp", "RGBA", (9, 8, 7, 50), "WEBP", (9, 8, 7, 50), lossless=True),
        _encoded("opaque.png", "RGBA", (1, 2, 3, 255), "PNG", (1, 2, 3)),
        _one("clear-palette.png", _clear_palette, "PNG", (0, 0, 255, 0)),
    ]


def _clear_palette() -> bytes:
    image = flat("P", 1)
    image.putpalette([*RED, *BLUE])
    return encode(image, "PNG", transparency=1)
