"""Looks at small pictures of a node."""

from io import BytesIO

from PIL import Image


def is_blank(content: bytes) -> bool:
    """Whether this is the picture of one pixel that `ComfyClient.blank` leaves of a file, in any format."""
    try:
        with Image.open(BytesIO(content)) as image:
            return image.size == (1, 1)
    except (OSError, ValueError):
        return False
