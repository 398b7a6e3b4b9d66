"""Is what came back a whole picture?"""

from io import BytesIO

from PIL import Image

from jobs.comfy.errors import BadOutput

MAX_PIXELS = 150_000_000
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
PNG_END = b"IEND\xaeB`\x82"


def verify_image(content: bytes) -> tuple[int, int]:
    """Decode `content` completely and return (width, height) in pixels.

    A node killed while it writes leaves a PNG that it later serves with 200, so nothing less than decoding tells.
    Raises BadOutput.
    """
    if content.startswith(PNG_SIGNATURE) and not content.rstrip(b"\0").endswith(PNG_END):
        raise BadOutput(detail=f"PNG of {len(content)} bytes without its end chunk")
    try:
        with Image.open(BytesIO(content)) as image:
            if image.width * image.height > MAX_PIXELS:
                raise BadOutput(detail=f"{image.width} x {image.height} pixels")
            image.load()
            return image.size
    # Pillow's decoders raise these for damaged files, SyntaxError included.
    except (
        OSError,
        ValueError,
        SyntaxError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as error:
        raise BadOutput(detail=f"{len(content)} bytes: {error}") from error
