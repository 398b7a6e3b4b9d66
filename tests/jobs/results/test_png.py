"""Metadata is removed, the compressed pixels stay unchanged, and a truncated file is refused."""

import io
import struct

import pytest
from PIL import Image, PngImagePlugin

from jobs.results.png import strip_png
from jobs.uploads.metadata.notices import read_notices
from tests.jobs.uploads.pictures import encode, flat, quadrants
from tests.jobs.uploads.raw_files import chunk, png, png_chunks

KEPT = {"copyright": "© Zoë", "artist": "Zoë", "captured_at": "2026-05-01T12:30:00+02:00"}


def _annotated() -> bytes:
    text = PngImagePlugin.PngInfo()
    text.add_text("prompt", '{"3": {"class_type": "KSampler"}}')
    text.add_itxt("workflow", "{}")
    exif = Image.Exif()
    exif[0x0110] = "Camera model"
    return encode(quadrants(), "PNG", pnginfo=text, exif=exif, dpi=(72, 72), icc_profile=b"x" * 200)


def _data(content: bytes) -> bytes:
    start = content.index(b"IDAT")
    return content[start:]


def test_keeps_pixels_and_nothing_else() -> None:
    stripped = strip_png(_annotated(), notices={})
    assert png_chunks(stripped) == [b"IHDR", b"IDAT", b"IEND"]
    assert _data(stripped) == _data(_annotated())


def test_writes_the_notices() -> None:
    stripped = strip_png(_annotated(), notices=KEPT)
    assert png_chunks(stripped) == [b"IHDR", b"eXIf", b"IDAT", b"IEND"]
    with Image.open(io.BytesIO(stripped), formats=["PNG"]) as image:
        image.load()
        assert (read_notices(image), image.convert("RGB").tobytes()) == (KEPT, quadrants().tobytes())
    Image.open(io.BytesIO(stripped), formats=["PNG"]).verify()


def test_palette_and_transparency_stay() -> None:
    image = flat("P", 1)
    image.putpalette([255, 0, 0, 0, 0, 255])
    stripped = strip_png(encode(image, "PNG", transparency=1) + b"<script>", notices={})
    assert png_chunks(stripped) == [b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"]


def test_frames_of_an_animation_are_dropped() -> None:
    animated = encode(flat("RGB", 0), "PNG", save_all=True, append_images=[flat("RGB", 9)])
    assert png_chunks(strip_png(animated, notices={})) == [b"IHDR", b"IDAT", b"IEND"]


def _flip(content: bytes, at: int) -> bytes:
    return content[:at] + bytes((content[at] ^ 1,)) + content[at + 1 :]


GOOD = png(4, 4, 8, 2, bytes(12))
TEXT = chunk(b"tEXt", b"a\0b")
BROKEN = {
    "not a PNG file": [b"", b"\xff\xd8\xff\xe0", GOOD[1:]],
    "the PNG file is cut short": [
        GOOD[:-1],
        GOOD[:-12],
        GOOD[:40],
        GOOD[:8],
        GOOD[:33] + struct.pack(">I", 2**31) + b"IDAT",
    ],
    "a IDAT chunk of the PNG file has a wrong checksum": [_flip(GOOD, GOOD.index(b"IDAT") + 6)],
    "a IHDR chunk of the PNG file has a wrong checksum": [_flip(GOOD, 20)],
    "the PNG file lacks its header or its pixels": [
        GOOD[:8] + chunk(b"IEND", b""),
        GOOD[:33] + chunk(b"IEND", b""),
        GOOD[:33] + GOOD[8:],
    ],
    "the chunks of the PNG file are out of order": [
        GOOD[:-12] + chunk(b"PLTE", b"abc") + GOOD[-12:],
        GOOD[:-12] + chunk(b"PLTE", b"abc") + chunk(b"IDAT", b"x") + GOOD[-12:],
    ],
}


@pytest.mark.parametrize(
    ("message", "content"),
    [(message, content) for message, contents in BROKEN.items() for content in contents],
)
def test_refuses_what_is_no_whole_png(message: str, content: bytes) -> None:
    with pytest.raises(ValueError) as error:
        strip_png(content, notices={})
    assert str(error.value) == message
