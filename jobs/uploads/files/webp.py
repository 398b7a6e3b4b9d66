"""Opens WebP pictures."""

import os
from typing import IO

from PIL import Image

from jobs.uploads.files.opened import OpenedPicture
from jobs.uploads.unfit import SAVE_AGAIN, Unfit


def open_webp(file: IO[bytes]) -> OpenedPicture:
    """Decodes nothing yet. Raises Unfit for an animation or a file shorter than its header says (RFC 9649)."""
    declared = 8 + int.from_bytes(file.read(8)[4:], "little")
    if file.seek(0, os.SEEK_END) < declared:
        raise Unfit("unsupported_image", "is cut short or damaged.", SAVE_AGAIN)
    file.seek(0)
    image = Image.open(file, formats=["WEBP"])
    if getattr(image, "is_animated", False):
        raise Unfit("unsupported_image", "is animated.")
    return OpenedPicture.of(image)
