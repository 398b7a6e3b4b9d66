"""Small pictures with known corners, encoded in many ways."""

import io
from typing import Any

from PIL import Image

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
SIZE = (64, 48)
CORNERS = {(8, 8): RED, (56, 8): GREEN, (8, 40): BLUE, (56, 40): WHITE}
"""Pixels well inside the corners of an upright `quadrants`, and their colours."""

# How a camera stores a picture that its EXIF orientation turns upright (EXIF 2.32, 4.6.4).
_STORED_AS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


def quadrants() -> Image.Image:
    """64 × 48: red and green above, blue and white below."""
    image = Image.new("RGB", SIZE)
    for x, y, colour in ((0, 0, RED), (32, 0, GREEN), (0, 24, BLUE), (32, 24, WHITE)):
        image.paste(colour, (x, y, x + 32, y + 24))
    return image


def flat(mode: str, colour: Any, size: tuple[int, int] = SIZE) -> Image.Image:
    """One colour all over."""
    return Image.new(mode, size, colour)


def frames(count: int = 3) -> list[Image.Image]:
    """Pictures that differ, for animations and pages."""
    return [flat("RGB", (80 * index, 0, 0)) for index in range(count)]


def encode(image: Image.Image, format: str, **options: Any) -> bytes:
    """`image` as a file; JPEG at 95 in 4:4:4 so that flat colours survive."""
    if format == "HEIF":
        import pillow_heif

        pillow_heif.register_heif_opener()
    if format in ("JPEG", "MPO"):
        options = {"quality": 95, "subsampling": 0} | options
    stream = io.BytesIO()
    image.save(stream, format, **options)
    return stream.getvalue()


def encode_all(images: list[Image.Image], format: str, **options: Any) -> bytes:
    """Several pictures in one file."""
    return encode(images[0], format, save_all=True, append_images=images[1:], **options)


def turned(orientation: int, format: str, **options: Any) -> bytes:
    """`quadrants` as a camera held at `orientation` stores it."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encode(quadrants().transpose(_STORED_AS[orientation]), format, exif=exif.tobytes(), **options)


def annotated(format: str) -> bytes:
    """`quadrants` with a GPS position, a camera, and the three notices that Creator preserves."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110] = "Camera maker", "Camera model"
    exif[0x8298], exif[0x013B] = "© Zoë".encode(), "Zoë".encode()
    exif[0x8769] = {0x9003: "2026:05:01 12:30:00", 0x9011: "+02:00", 0xA431: "serial 123"}
    exif[0x8825] = {1: "N", 2: (47.0, 22.0, 0.0), 3: "E", 4: (8.0, 32.0, 0.0)}
    block = exif.tobytes()
    if format == "TIFF":  # Pillow's TIFF writer takes tags, and text only as bytes
        texts = {0x8298: exif[0x8298], 0x013B: exif[0x013B]}
        exif = Image.Exif()
        exif.load(block)
        exif.update(texts)
    return encode(quadrants(), format, exif=exif if format == "TIFF" else block)
