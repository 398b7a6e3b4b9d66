"""A node's output becomes a file of the requested format, or is refused as broken."""

import io

import pytest
from PIL import Image

from jobs.results.encoding import encode_result
from jobs.uploads.derivatives import derive_preview, derive_thumbnail
from jobs.uploads.metadata.notices import read_notices
from tests.jobs.uploads.corpus import hostile_files
from tests.jobs.uploads.pictures import CORNERS, encode, flat, quadrants
from tests.jobs.uploads.raw_files import png_chunks

KEPT = {"copyright": "© Zoë", "artist": "Zoë", "captured_at": "2026-05-01T12:30:00+02:00"}


def _open(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content), formats=["PNG", "JPEG", "WEBP"])
    image.load()
    return image


@pytest.mark.parametrize("notices", [{}, KEPT], ids=["silent", "noted"])
@pytest.mark.parametrize("format", ["png", "jpeg", "webp"])
def test_encodes(format: str, notices: dict[str, str]) -> None:
    result = encode_result(encode(quadrants(), "PNG"), format=format, notices=notices)
    image = _open(result.content)
    assert (image.format, image.size, image.mode, read_notices(image)) == (
        format.upper(),
        (64, 48),
        "RGB",
        notices,
    )
    assert {
        at: max(abs(a - b) for a, b in zip(image.getpixel(at), colour, strict=True)) <= 3
        for at, colour in CORNERS.items()
    } == dict.fromkeys(CORNERS, True)


def test_png_is_not_compressed_again() -> None:
    content = encode(quadrants(), "PNG", compress_level=0)
    assert encode_result(content, format="png", notices={}).content == content


def test_another_format_becomes_a_png() -> None:
    result = encode_result(encode(quadrants(), "WEBP", lossless=True), format="png", notices={})
    assert set(png_chunks(result.content)) == {b"IHDR", b"IDAT", b"IEND"}
    assert _open(result.content).tobytes() == quadrants().tobytes()


def test_jpeg_is_progressive_with_whole_colours_and_lies_on_white() -> None:
    image = _open(
        encode_result(encode(flat("RGBA", (255, 0, 0, 0)), "PNG"), format="jpeg", notices={}).content
    )
    assert image.getpixel((30, 20)) == (255, 255, 255)
    assert image.info["progressive"] == 1
    assert [component[1:3] for component in image.layer] == [(1, 1)] * 3


def test_transparency_stays_where_the_format_has_it() -> None:
    content = encode(flat("RGBA", (9, 9, 9, 40)), "PNG")
    alphas = [
        _open(encode_result(content, format=format, notices={}).content).getextrema()[3]
        for format in ("png", "webp")
    ]
    assert alphas == [(40, 40)] * 2


def test_the_decoded_picture_makes_the_small_ones() -> None:
    result = encode_result(encode(flat("L", 9, (2000, 1000)), "PNG"), format="png", notices={})
    assert _open(derive_preview(result.image)).size == (1400, 700)
    assert _open(derive_thumbnail(result.image)).size == (480, 240)


@pytest.mark.parametrize(
    "name",
    [
        "cut.png",
        "cut.jpg",
        "cut.webp",
        "checksum.png",
        "header.png",
        "bomb.png",
        "page.jpg",
        "empty.jpg",
        "still.gif",
        "scan.bmp",
        "text-bomb.png",
    ],
)
def test_refuses_what_cannot_be_read(name: str) -> None:
    content = next(file for file in hostile_files() if file.name == name).content()
    with pytest.raises(ValueError, match=r"^the node's output is not a readable picture: "):
        encode_result(content, format="png", notices={})


@pytest.mark.parametrize("format", ["png", "jpeg", "webp"])
def test_every_cut_of_a_png_is_noticed(format: str) -> None:
    content = encode(Image.effect_noise((40, 30), 90), "PNG")
    for length in range(0, len(content), 97):
        with pytest.raises(ValueError, match=r"^the node's output"):
            encode_result(content[:length], format=format, notices={})
