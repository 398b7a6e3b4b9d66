"""A JPEG is whole when its pixels are: with or without its end marker and bytes behind it."""

import io
import random
import struct
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from jobs.uploads.decoder import guard
from jobs.uploads.picture import open_picture, read_picture
from jobs.uploads.unfit import Unfit
from tests.jobs.uploads.pictures import encode

END = b"\xff\xd9"
NOISE = random.Random(9)
_PIXELS = np.random.default_rng(9).normal(128, (30, 60, 90), (110, 150, 3))
MOTIF = Image.fromarray(np.clip(_PIXELS, 0, 255).astype(np.uint8))
"""The same in every run: where compressed pixels happen to end in FF 00, a cut of the 00 misses nothing."""


def _jpeg(mode: str = "RGB", **options: object) -> bytes:
    return encode(MOTIF.convert(mode), "JPEG", quality=85, **options)


FILES = {
    "baseline": _jpeg(subsampling=2),
    "baseline, colours in full": _jpeg(subsampling=0),
    "progressive": _jpeg(subsampling=2, progressive=True),
    "progressive grey": _jpeg("L", progressive=True),
    "grey": _jpeg("L"),
    "CMYK": _jpeg("CMYK"),
    "restart markers": _jpeg(subsampling=2, restart_marker_blocks=3),
}


def _samsung() -> bytes:
    """A trailer of one block and its directory, as Samsung's cameras append it."""
    block = b"\0\0\x01\x0a" + struct.pack("<I", 14) + b"Image_UTC_Data1512345678901"
    directory = b"SEFH" + struct.pack("<IIHHII", 101, 1, 0, 0x0A01, len(block), len(block))
    return block + directory + struct.pack("<I", len(directory)) + b"SEFT"


def _video() -> bytes:
    return b"\0\0\0\x18ftypmp42\0\0\0\0isommp42\0\0\x07\xd8mdat" + NOISE.randbytes(2000)


TRAILERS: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "half an end": lambda: b"\xff",
    "Samsung's trailer": _samsung,
    "a video": _video,
    "another JPEG": lambda: FILES["grey"],
    "zeros": lambda: bytes(4000),
    "erased memory": lambda: b"\xff" * 4000,
    "a web page": lambda: b"<html></html>",
}


def _read(content: bytes) -> Image.Image:
    return guard(lambda: read_picture(open_picture(io.BytesIO(content), "JPEG"))[0])


@pytest.mark.parametrize("trailer", TRAILERS.values(), ids=TRAILERS)
@pytest.mark.parametrize("whole", FILES.values(), ids=FILES)
def test_the_end_marker_makes_no_difference(whole: bytes, trailer: Callable[[], bytes]) -> None:
    expected = _read(whole).tobytes()
    assert _read(whole.removesuffix(END) + trailer()).tobytes() == expected
    assert _read(whole + trailer()).tobytes() == expected


@pytest.mark.parametrize(
    "trailer", ["nothing", "half an end", "Samsung's trailer", "a video", "zeros", "erased memory"]
)
@pytest.mark.parametrize("whole", FILES.values(), ids=FILES)
def test_missing_pixels_are_refused(whole: bytes, trailer: str) -> None:
    pixels = whole.removesuffix(END)
    for cut in (1, 2, 3, 4, 5, 8, 20, 100, len(pixels) // 3, len(pixels) // 2):
        with pytest.raises(Unfit, match="is cut short or damaged"):
            _read(pixels[:-cut] + TRAILERS[trailer]())


@pytest.mark.parametrize("name", ["baseline", "grey", "CMYK", "restart markers"])
def test_an_end_marker_hides_no_missing_rows(name: str) -> None:
    pixels = FILES[name].removesuffix(END)
    with pytest.raises(Unfit, match="is cut short or damaged"):
        _read(pixels[: len(pixels) * 2 // 3] + END)


def test_a_progressive_picture_without_its_last_scan_is_refused() -> None:
    whole = FILES["progressive"]
    last_scan = whole.rindex(b"\xff\xda")
    with pytest.raises(Unfit, match="is cut short or damaged"):
        _read(whole[:last_scan])


@pytest.mark.parametrize("grey", [127, 128])
def test_a_picture_as_grey_as_a_missing_one_is_taken(grey: int) -> None:
    whole = encode(Image.new("RGB", (64, 48), (grey,) * 3), "JPEG")
    assert _read(whole).getextrema() == ((grey, grey),) * 3
