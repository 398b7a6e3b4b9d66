"""Dimensions and file sizes of previews and thumbnails."""

import io
from pathlib import Path

import pytest
from PIL import Image

from jobs.uploads.derivatives import PREVIEW_BYTES, THUMBNAIL_BYTES, derive_preview, derive_thumbnail
from jobs.uploads.fast_png import write_png
from jobs.uploads.files.formats import webp_canvas
from tests.jobs.uploads.pictures import encode, flat, quadrants

PHOTO = Path(__file__).resolve().parents[2] / "golden/photos/coffee.jpg"


def _size(content: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(content), formats=["WEBP"]) as image:
        return image.size


@pytest.mark.parametrize(
    ("size", "preview", "thumbnail"),
    [
        ((3000, 2000), (1400, 933), (480, 320)),
        ((2000, 3000), (933, 1400), (480, 720)),
        ((1000, 9000), (156, 1400), (80, 720)),
        ((9000, 2), (1400, 1), (480, 1)),
        ((300, 200), (300, 200), (300, 200)),
    ],
)
def test_fits_its_box_and_is_never_enlarged(
    size: tuple[int, int], preview: tuple[int, int], thumbnail: tuple[int, int]
) -> None:
    image = flat("RGB", (1, 2, 3), size)
    assert (_size(derive_preview(image)), _size(derive_thumbnail(image))) == (preview, thumbnail)


def test_a_busy_photo_stays_light() -> None:
    with Image.open(PHOTO, formats=["JPEG"]) as photo:
        large = photo.convert("RGB").resize((2400, 1600))
    noisy = Image.blend(large, Image.effect_noise(large.size, 60).convert("RGB"), 0.2)
    assert len(derive_preview(noisy)) <= PREVIEW_BYTES
    assert len(derive_thumbnail(noisy)) <= THUMBNAIL_BYTES


def test_transparency_stays() -> None:
    content = derive_preview(flat("RGBA", (1, 2, 3, 0)))
    with Image.open(io.BytesIO(content), formats=["WEBP"]) as image:
        assert image.getchannel("A").getextrema() == (0, 0)


@pytest.mark.parametrize("size", [(1, 1), (3, 255), (5, 256), (7, 257), (301, 600)])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_write_png_keeps_every_pixel(mode: str, size: tuple[int, int]) -> None:
    noise = Image.merge(mode, [Image.effect_noise(size, 90) for _ in mode])
    stream = io.BytesIO()
    write_png(noise, stream)
    Image.open(io.BytesIO(stream.getvalue()), formats=["PNG"]).verify()
    with Image.open(stream, formats=["PNG"]) as image:
        assert (image.mode, image.size, image.tobytes()) == (mode, size, noise.tobytes())


def _tiles(size: tuple[int, int]) -> Image.Image:
    """A small pattern of noise, over and over."""
    pattern = Image.merge("RGB", [Image.effect_noise((64, 64), 90) for _ in "RGB"])
    image = Image.new("RGB", size)
    for left in range(0, size[0], 64):
        for top in range(0, size[1], 64):
            image.paste(pattern, (left, top))
    return image


def _grain(size: tuple[int, int]) -> Image.Image:
    return Image.merge("RGB", [Image.effect_noise(size, 90) for _ in "RGB"])


def _written(image: Image.Image) -> int:
    """Bytes of the written file, which holds every pixel."""
    stream = io.BytesIO()
    write_png(image, stream)
    Image.open(io.BytesIO(stream.getvalue()), formats=["PNG"]).verify()
    with Image.open(stream, formats=["PNG"]) as kept:
        assert kept.tobytes() == image.tobytes()
    return stream.tell()


def test_what_repeats_itself_is_stored_small_and_noise_beside_it_too() -> None:
    size = (1200, 1024)
    tiles, both = _tiles(size), _tiles(size)
    both.paste(_grain((1200, 512)), (0, 512))
    columns = _grain((1, 1024)).resize(size, Image.Resampling.NEAREST)
    raw = 3 * 1200 * 1024
    assert _written(tiles) < raw / 15
    assert _written(columns) < raw / 100
    assert _written(both) < raw * 0.56


@pytest.mark.parametrize(
    "options", [{"lossless": True}, {"lossless": False}, {"exif": b"Exif\0\0II*\0\x08\0\0\0\0\0"}]
)
def test_webp_canvas(options: dict[str, object]) -> None:
    assert webp_canvas(encode(quadrants(), "WEBP", **options)[:64]) == (64, 48)


def test_webp_canvas_of_a_stump() -> None:
    assert webp_canvas(b"RIFF\0\0\0\0WEBPVP8X") is None
