"""Photo files like those that people upload."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from tests.e2e.product.serving import ROOT

GOLDEN = ROOT / "tests/golden/photos"


def small(folder: Path, name: str = "coffee.jpg") -> Path:
    """A photo that the node finishes almost at once."""
    path = folder / name
    with Image.open(GOLDEN / "coffee.jpg") as photo:
        photo.save(path)
    return path


def large(folder: Path, name: str = "sunset.jpg") -> Path:
    """A six-megapixel photo with a GPS position, large enough that a test can watch the job run."""
    path = folder / name
    exif = Image.Exif()
    exif[0x010F] = "Camera maker"
    exif[0x8825] = {1: "N", 2: (47.0, 22.0, 0.0), 3: "E", 4: (8.0, 32.0, 0.0)}
    with Image.open(GOLDEN / "seeding.jpg") as photo:
        height = round(3000 * photo.height / photo.width)
        photo.resize((3000, height), Image.Resampling.BICUBIC).save(path, quality=85, exif=exif.tobytes())
    return path
