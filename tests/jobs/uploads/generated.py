"""Pictures of every format, depth, layout, alpha and colour that Creator accepts, generated at test time."""

import itertools
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from tests.jobs.uploads import pictures, raw_files, tiff_files
from tests.jobs.uploads.tiff_files import Storing, write_tiff

SIZE = HEIGHT, WIDTH = 37, 53


def generate() -> Iterator[tuple[str, bytes]]:
    """Yields (name with extension, content); the names differ."""
    yield from _tiffs()
    yield from _pngs()
    yield from _lossy()


def samples(count: int, bits: int) -> NDArray[np.int64]:
    """Soft colours with noise in the brightness, rows × columns × `count`: channels, rows and columns differ."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    waves = [np.sin(x / (13 + channel)) + np.cos(y / (11 - channel)) for channel in range(count)]
    noise = np.random.default_rng(5).normal(0, 0.05, (HEIGHT, WIDTH, 1))
    part = (np.stack(waves, axis=2) + 2) / 4 + noise
    return np.round(part.clip(0, 1) * ((1 << bits) - 1)).astype(np.int64)


_LAYOUTS: dict[str, dict[str, Any]] = {
    "strips": {},
    "lzw-predictor": {"packing": tiff_files.LZW, "predictor": True},
    "big-endian-packbits": {"order": ">", "packing": tiff_files.PACKBITS},
    "tiles": {"tile": (16, 16), "big": True},
    "planes": {"planar": True},
    "planes-big-endian-deflate-predictor": {
        "planar": True,
        "order": ">",
        "packing": tiff_files.DEFLATE,
        "predictor": True,
    },
    "planes-tiles": {"planar": True, "tile": (32, 16), "packing": tiff_files.DEFLATE},
}
_MEANINGS = {"grey": (1, 1), "negative": (0, 1), "rgb": (2, 3), "cmyk": (5, 4)}


def _tiffs() -> Iterator[tuple[str, bytes]]:
    for (layout, options), (name, (meaning, count)), bits in itertools.product(
        _LAYOUTS.items(), _MEANINGS.items(), (8, 16)
    ):
        yield (
            f"{name}{bits}-{layout}.tif",
            write_tiff(samples(count, bits), Storing(bits, meaning, **options)),
        )
    depths = [*itertools.product(("grey", "rgb"), (2, 4, 10, 12, 14)), ("negative", 2), ("negative", 4)]
    for name, bits in depths:
        meaning, count = _MEANINGS[name]
        yield f"{name}{bits}.tif", write_tiff(samples(count, bits), Storing(bits, meaning))
    for bits, greatest in itertools.product((1, 2, 4, 8), (255, 65535)):
        entries = np.random.default_rng(bits).integers(0, 256, 3 << bits) * (greatest // 255)
        how = Storing(bits, tiff_files.PALETTE, colour_map=tuple(entries.tolist()))
        yield f"palette{bits}-{greatest}.tif", write_tiff(samples(1, bits), how)
    for name, bits, order in itertools.product(("grey", "rgb"), (8, 16), "<>"):
        meaning, count = _MEANINGS[name]
        how = Storing(bits, meaning, name == "rgb" and order == ">", extra=(2,), order=order)
        yield f"{name}{bits}-alpha-{ord(order)}.tif", write_tiff(samples(count + 1, bits), how)
    for packing in ("jpeg", "tiff_lzw", "group4", "packbits"):
        mode = "1" if packing == "group4" else "RGB"
        content = pictures.encode(_image("RGB").convert(mode), "TIFF", compression=packing)
        yield f"pillow-{packing}.tif", content


def _pngs() -> Iterator[tuple[str, bytes]]:
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA"):
        yield f"{mode.lower()}.png", pictures.encode(_image(mode), "PNG")
    yield "p3-profile.png", pictures.encode(_image("RGB"), "PNG", icc_profile=raw_files.p3_profile())
    yield "p3-profile-alpha.png", pictures.encode(_image("RGBA"), "PNG", icc_profile=raw_files.p3_profile())
    for count in (1, 3, 4):
        yield f"deep{count}.png", _with_opencv(".png", samples(count, 16).astype(np.uint16))
    for bits in (1, 2, 4):
        row = np.packbits((samples(1, bits)[0] >> np.arange(bits - 1, -1, -1) & 1).astype(np.uint8)).tobytes()
        yield f"grey{bits}.png", raw_files.png(WIDTH, HEIGHT, bits, 0, row)


def _lossy() -> Iterator[tuple[str, bytes]]:
    for mode, progressive, sampling in itertools.product(("L", "RGB", "CMYK"), (False, True), (0, 1, 2)):
        options = {"progressive": progressive, "subsampling": sampling, "quality": 88}
        name = f"{mode.lower()}-{('baseline', 'progressive')[progressive]}-{sampling}.jpg"
        yield name, pictures.encode(_image(mode), "JPEG", **options)
    for turn, format in itertools.product(range(2, 9), ("JPEG", "TIFF")):
        yield f"turned{turn}.{format.lower()}", pictures.turned(turn, format)
    yield "p3-profile.jpg", pictures.encode(_image("RGB"), "JPEG", icc_profile=raw_files.p3_profile())
    for mode, lossless in itertools.product(("RGB", "RGBA"), (False, True)):
        name = f"{mode.lower()}-{('lossy', 'lossless')[lossless]}"
        yield f"{name}.webp", pictures.encode(_image(mode), "WEBP", lossless=lossless, exact=True)
        for sampling in ("4:4:4", "4:2:0"):
            options = {"quality": 100 if lossless else 80, "subsampling": sampling}
            yield f"{name}-{sampling[2]}.avif", pictures.encode(_image(mode), "AVIF", **options)
        for chroma in (444, 420):
            options = {"quality": -1 if lossless else 80, "chroma": chroma}
            yield f"{name}-{chroma}.heic", pictures.encode(_image(mode), "HEIF", **options)


def _image(mode: str) -> Image.Image:
    pixels = samples(4, 8).astype(np.uint8)
    image = Image.fromarray(pixels if mode in ("RGBA", "LA") else pixels[:, :, :3])
    return image.quantize(64) if mode == "P" else image.convert(mode)


def _with_opencv(extension: str, pixels: NDArray[Any]) -> bytes:
    written, content = cv2.imencode(extension, pixels)
    assert written
    return content.tobytes()


def decode_rows(image: Image.Image) -> NDArray[np.int64]:
    """RGBA of 8 bits as rows × columns × 4; Pillow has 16 bits of grey only."""
    if image.mode == "I;16":
        image = Image.fromarray(np.round(np.asarray(image) / 257).astype(np.uint8))
    return np.asarray(image.convert("RGBA")).astype(np.int64)
