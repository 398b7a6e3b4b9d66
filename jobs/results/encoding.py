"""Verifies a node's output and encodes it as the result file, with only the photo's notices as metadata."""

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

from jobs.results.formats import MAX_RESULT_PIXELS, ResultFormat
from jobs.results.png import SIGNATURE, strip_png
from jobs.results.transparency import Cutout, flatten
from jobs.uploads.colour.conversion import to_srgb
from jobs.uploads.derivatives import exif_block
from jobs.uploads.unfit import Unfit

WHITE = "#ffffff"
_UNREADABLE = (
    OSError, SyntaxError, ValueError, EOFError, Unfit, Image.DecompressionBombError, Image.DecompressionBombWarning,
)  # fmt: skip
_READ = ["PNG", "JPEG", "WEBP"]
_OPTIONS: dict[str, dict[str, Any]] = {
    "png": {"compress_level": 6},
    # No chroma subsampling (4:4:4), because presets add coloured edges. Progressive files are smaller and
    # show early.
    "jpeg": {"quality": 92, "subsampling": 0, "progressive": True, "optimize": True},
    "webp": {"quality": 90, "method": 4},
}


@dataclass(frozen=True, slots=True)
class EncodedResult:
    """A finished file. `image` is the decoded picture in RGB or RGBA, so that nothing is decoded twice."""

    content: bytes
    image: Image.Image = field(repr=False, compare=False)


def encode_result(
    content: bytes, *, format: ResultFormat, notices: Mapping[str, str], cutout: Cutout | None = None
) -> EncodedResult:
    """Verifies a node's output by decoding it, and encodes it as `format` with only `notices` as metadata.

    With `cutout` the result is transparent where the photo was. JPEG has no transparency and shows the ground
    (white without a cut-out). A PNG that stays the node's PNG is not recompressed.
    Raises ValueError if the content is not a PNG, JPEG or WebP, is truncated or damaged, or has more than
    MAX_RESULT_PIXELS pixels.
    """
    image = decode_output(content)
    if cutout:
        image = cutout.lift(image.convert("RGB"))
    if format == "jpeg" and image.mode == "RGBA":
        image = flatten(image, cutout.ground if cutout else WHITE)
    if format == "png" and content.startswith(SIGNATURE) and not cutout:
        encoded = strip_png(content, notices=notices)
    else:
        encoded = _encode(image, format, exif_block(notices))
    return EncodedResult(encoded, image)


def read_size(content: bytes) -> tuple[int, int]:
    """Returns (width, height) in pixels from a header. Raises ValueError as `encode_result`."""
    with _refusing():
        return _open(content).size


def decode_output(content: bytes) -> Image.Image:
    """Returns a node's output in 8-bit sRGB, RGB or RGBA. Raises ValueError as `encode_result`."""
    with _refusing():
        if content.startswith(SIGNATURE):
            # Decoding does not check the CRCs.
            Image.open(io.BytesIO(content), formats=["PNG"]).verify()
        image = _open(content)
        image.load()
        return to_srgb(image)


def _open(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content), formats=_READ)
    if image.width * image.height > MAX_RESULT_PIXELS:
        raise ValueError(f"{image.width} × {image.height} pixels are too many")
    return image


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except _UNREADABLE as error:
        raise ValueError(f"the node's output is not a readable picture: {error}") from error


def _encode(image: Image.Image, format: ResultFormat, exif: bytes) -> bytes:
    stream = io.BytesIO()
    header = b"" if format == "png" else b"Exif\0\0"
    options = _OPTIONS[format] | ({"exif": header + exif} if exif else {})
    image.save(stream, format.upper(), **options)
    return stream.getvalue()
