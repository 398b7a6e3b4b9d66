"""Checks that a result is a complete picture."""

from io import BytesIO

from PIL import Image

from jobs.comfy.errors import BadOutput

MAX_PIXELS = 150_000_000
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
PNG_END = b"IEND\xaeB`\x82"


def is_blank(content: bytes) -> bool:
    """Whether this is the picture of one pixel that `ComfyClient.blank` leaves of a file, in any format."""
    try:
        with Image.open(BytesIO(content)) as image:
            return image.size == (1, 1)
    except (OSError, ValueError):
        return False


def verify_image(content: bytes) -> tuple[int, int]:
    """Decodes `content` completely and returns (width, height) in pixels. Raises BadOutput.

    If a node is killed while it writes a PNG, it later serves the partial file with status 200. Only decoding
    detects that.
    """
    if content.startswith(PNG_SIGNATURE) and not content.rstrip(b"\0").endswith(PNG_END):
        raise BadOutput(detail=f"PNG of {len(content)} bytes without its end chunk")
    try:
        with Image.open(BytesIO(content)) as image:
            if image.width * image.height > MAX_PIXELS:
                raise BadOutput(detail=f"{image.width} x {image.height} pixels")
            image.load()
            return image.size
    # Pillow's decoders raise all of these for damaged files, even SyntaxError.
    except (
        OSError,
        ValueError,
        SyntaxError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as error:
        raise BadOutput(detail=f"{len(content)} bytes: {error}") from error
