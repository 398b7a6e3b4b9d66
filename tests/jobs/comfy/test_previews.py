"""Type and size of previews, by their headers alone."""

from io import BytesIO

import pytest
from PIL import Image

from jobs.comfy import read_preview
from jobs.comfy.client import ONE_PIXEL
from jobs.comfy.previews import LONGEST_SIDE, MOST_BYTES
from tests.jobs.execution.malicious import EPS, SVG, png_bomb


def encoded(format, size=(97, 61), mode="RGB", **options):
    stream = BytesIO()
    Image.new(mode, size, 90).save(stream, format, **options)
    return stream.getvalue()


PICTURES = {
    "jpeg": ("image/jpeg", encoded("JPEG")),
    "progressive jpeg": ("image/jpeg", encoded("JPEG", progressive=True)),
    "jpeg with metadata": ("image/jpeg", encoded("JPEG", comment=b"c" * 999, dpi=(72, 72))),
    "png": ("image/png", encoded("PNG")),
    "lossy webp": ("image/webp", encoded("WEBP")),
    "lossless webp": ("image/webp", encoded("WEBP", lossless=True)),
    "webp with alpha": ("image/webp", encoded("WEBP", mode="RGBA")),
    "webp with a profile": ("image/webp", encoded("WEBP", icc_profile=b"p" * 200)),
}


@pytest.mark.parametrize("name", PICTURES)
def test_what_browsers_show_is_told_by_its_first_bytes(name):
    mime, content = PICTURES[name]
    found = read_preview(content)
    assert (found.mime, found.size, found.is_blank, found.content) == (mime, (97, 61), False, content)


@pytest.mark.parametrize("name", PICTURES)
def test_a_part_of_it_is_a_picture_of_that_size_or_nothing(name):
    content = PICTURES[name][1]
    for length in range(len(content)):
        found = read_preview(content[:length])
        assert found is None or found.size == (97, 61)


def test_what_is_left_of_an_overwritten_file_is_blank():
    assert read_preview(ONE_PIXEL).is_blank
    assert read_preview(encoded("WEBP", size=(1, 1))).is_blank


@pytest.mark.parametrize(
    "content",
    [
        b"",
        SVG,
        EPS,
        png_bomb(),
        encoded("GIF"),
        encoded("BMP"),
        encoded("TIFF"),
        encoded("PNG", size=(LONGEST_SIDE + 1, 1)),
        encoded("PNG") + bytes(MOST_BYTES),
        b"\xff\xd8\xff\xe0\0\0" * 9,
        b"RIFF\0\0\0\0WEBPVP9 " + bytes(30),
        b"<html><script>",
    ],
    ids=lambda content: repr(content[:8]),
)
def test_anything_else_is_not_passed_on(content):
    assert read_preview(content) is None
