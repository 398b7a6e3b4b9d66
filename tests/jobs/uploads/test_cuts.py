"""Wherever a file is cut, it is refused, or every pixel is there."""

import io
import random

import pytest
from PIL import Image

from jobs.uploads.decoder import guard
from jobs.uploads.picture import open_picture, read_picture
from jobs.uploads.unfit import Unfit
from tests.jobs.uploads.pictures import encode

MOTIF = Image.merge("RGB", [Image.effect_noise((50, 41), spread) for spread in (30, 60, 90)])
TRAILER = random.Random(4).randbytes(300)
FILES = {
    "PNG": encode(MOTIF, "PNG"),
    "PNG of colours by number": encode(MOTIF.quantize(16), "PNG"),
    "PNG, barely compressed": encode(MOTIF, "PNG", compress_level=0),
    "JPEG": encode(MOTIF, "JPEG", quality=80, subsampling=2),
    "JPEG, progressive": encode(MOTIF, "JPEG", quality=80, progressive=True),
    "JPEG, grey": encode(MOTIF.convert("L"), "JPEG", quality=80),
    "WEBP": encode(MOTIF, "WEBP"),
    "AVIF": encode(MOTIF, "AVIF"),
    "HEIF": encode(MOTIF, "HEIF"),
}


def _read(content: bytes, name: str) -> bytes:
    kind = name.split()[0].rstrip(",")
    return guard(lambda: read_picture(open_picture(io.BytesIO(content), kind))[0].tobytes())


@pytest.mark.parametrize("name", FILES)
def test_no_cut_loses_pixels_unnoticed(name: str) -> None:
    whole = FILES[name]
    expected = _read(whole, name)
    for length in [*range(1, len(whole), len(whole) // 60 + 1), *range(len(whole) - 30, len(whole))]:
        try:
            read = _read(whole[:length], name)
        except Unfit:
            continue
        assert read == expected, length


@pytest.mark.parametrize("name", FILES)
def test_what_follows_a_picture_does_not_matter(name: str) -> None:
    assert _read(FILES[name] + TRAILER, name) == _read(FILES[name], name)
