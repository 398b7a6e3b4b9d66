"""Verifies a node's output and encodes it as the result file, with only the photo's notices as metadata."""

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from PIL import Image

from jobs.execution.png import SIGNATURE, strip_png
from jobs.execution.transparency import Cutout, flatten
from jobs.uploads.colour.conversion import to_srgb
from jobs.uploads.derivatives import derive_preview, derive_thumbnail, exif_block
from jobs.uploads.unfit import Unfit

__all__ = [
    "MAX_RESULT_PIXELS",
    "EncodedResult",
    "ResultFormat",
    "derive_preview",
    "derive_thumbnail",
    "encode_result",
]

ResultFormat = Literal["png", "jpeg", "webp"]
MAX_RESULT_PIXELS = 80_000_000
WHITE = "#ffffff"
_UNREADABLE = (
    OSError, SyntaxError, ValueError, EOFError, Unfit, Image.DecompressionBombError, Image.DecompressionBombWarning,
)  # fmt: skip
_TYPES = {"png": ("image/png", "png"), "jpeg": ("image/jpeg", "jpg"), "webp": ("image/webp", "webp")}
_OPTIONS: dict[str, dict[str, Any]] = {
    "png": {"compress_level": 6},
    # No chroma subsampling (4:4:4), because presets add coloured edges. Progressive files are smaller and
    # show early.
    "jpeg": {"quality": 92, "subsampling": 0, "progressive": True, "optimize": True},
    "webp": {"quality": 90, "method": 4},
}


@dataclass(frozen=True, slots=True)
class EncodedResult:
    """A finished file with its description. `width` and `height` in pixels, `sha256` in hex.

    `image` is the decoded picture in RGB or RGBA. `derive_preview` and `derive_thumbnail` take it, so nothing
    is decoded twice.
    """

    content: bytes
    content_type: str
    extension: str
    width: int
    height: int
    sha256: str
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
    image = _decode(content)
    if cutout:
        image = cutout.lift(image.convert("RGB"))
    if format == "jpeg" and image.mode == "RGBA":
        image = flatten(image, cutout.ground if cutout else WHITE)
    if format == "png" and content.startswith(SIGNATURE) and not cutout:
        encoded = strip_png(content, notices=notices)
    else:
        encoded = _encode(image, format, exif_block(notices))
    content_type, extension = _TYPES[format]
    digest = hashlib.sha256(encoded).hexdigest()
    return EncodedResult(encoded, content_type, extension, image.width, image.height, digest, image)


def _decode(content: bytes) -> Image.Image:
    try:
        if content.startswith(SIGNATURE):
            # Decoding does not check the CRCs.
            Image.open(io.BytesIO(content), formats=["PNG"]).verify()
        image = Image.open(io.BytesIO(content), formats=["PNG", "JPEG", "WEBP"])
        if image.width * image.height > MAX_RESULT_PIXELS:
            raise ValueError(f"{image.width} × {image.height} pixels are too many")
        image.load()
        return to_srgb(image)
    except _UNREADABLE as error:
        raise ValueError(f"the node's output is not a readable picture: {error}") from error


def _encode(image: Image.Image, format: ResultFormat, exif: bytes) -> bytes:
    stream = io.BytesIO()
    header = b"" if format == "png" else b"Exif\0\0"
    options = _OPTIONS[format] | ({"exif": header + exif} if exif else {})
    image.save(stream, format.upper(), **options)
    return stream.getvalue()
