"""PNG files with text chunks. Format: W3C Portable Network Graphics, third edition."""

import io

import numpy as np
import numpy.typing as npt
import PIL.Image
from PIL.PngImagePlugin import PngInfo


def write_png(pixels: npt.NDArray[np.uint8], texts: dict[str, str]) -> bytes:
    """Rows x columns x 3 or 4 bytes as a PNG file that carries the texts."""
    info = PngInfo()
    for key, text in texts.items():
        info.add_text(key, text)
    stream = io.BytesIO()
    PIL.Image.fromarray(np.ascontiguousarray(pixels)).save(stream, "PNG", pnginfo=info, compress_level=4)
    return stream.getvalue()
