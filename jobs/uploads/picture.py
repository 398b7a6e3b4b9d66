"""Opens, decodes and writes one picture with Pillow. Runs only in the limited child."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

from PIL import Image, ImageFile

from jobs.uploads.colour.conversion import to_srgb
from jobs.uploads.derivatives import derive_preview, derive_thumbnail
from jobs.uploads.fast_png import write_png
from jobs.uploads.files.jpeg import open_jpeg
from jobs.uploads.files.opened import OpenedPicture
from jobs.uploads.files.png import open_png
from jobs.uploads.files.webp import open_webp
from jobs.uploads.metadata.notices import read_notices
from jobs.uploads.metadata.orientation import turn_upright


def open_picture(file: IO[bytes], kind: str) -> OpenedPicture:
    """Decodes nothing yet. Raises Unfit unless it is one still picture, and any error of the plugin."""
    Image.MAX_IMAGE_PIXELS = None  # the caller checks the plan's limit, which is stricter
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    # Each format's library is imported only for its files, because that takes longer than a small picture.
    if kind == "PNG":
        return open_png(file)
    if kind == "JPEG":
        return open_jpeg(file)
    if kind == "AVIF":
        from jobs.uploads.files.avif import open_avif

        return open_avif(file)
    if kind == "HEIF":
        from jobs.uploads.files.heif import open_heif

        return open_heif(file)
    if kind == "TIFF":
        from jobs.uploads.files.tiff import open_tiff

        return open_tiff(file)
    return open_webp(file)


def read_picture(opened: OpenedPicture) -> tuple[Image.Image, dict[str, str]]:
    """Returns the picture, upright in RGB or RGBA, and its notices. Raises any error of the plugin."""
    image = opened.load()
    header = opened.header or image
    return to_srgb(turn_upright(image, header)), read_notices(header)


def write_picture(photo: Image.Image) -> None:
    """Writes photo.png, preview.webp and thumbnail.webp into the working folder."""
    with ThreadPoolExecutor(1) as pool:  # compressing the photo releases the GIL
        small = pool.submit(_write_small, photo)
        with Path("photo.png").open("wb") as file:
            write_png(photo, file)
        small.result()


def _write_small(photo: Image.Image) -> None:
    Path("preview.webp").write_bytes(derive_preview(photo))
    Path("thumbnail.webp").write_bytes(derive_thumbnail(photo))
