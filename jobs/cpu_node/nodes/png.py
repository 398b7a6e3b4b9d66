"""PNG files with text chunks. Format: W3C Portable Network Graphics, third edition."""

import struct
import zlib

import cv2
import numpy as np
import numpy.typing as npt

# Signature and header chunk. The header must come first, so text chunks go after it.
_HEAD = 8 + 25
# Four times as fast as Pillow at the level 4 that ComfyUI uses, for files of about the same size.
_OPTIONS = (cv2.IMWRITE_PNG_COMPRESSION, 1, cv2.IMWRITE_PNG_FILTER, cv2.IMWRITE_PNG_FILTER_UP)


def write_png(pixels: npt.NDArray[np.uint8], texts: dict[str, str]) -> bytes:
    """Rows x columns x 3 (RGB) bytes as a PNG file with text chunks. The texts are JSON, so plain ASCII."""
    _, encoded = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), _OPTIONS)
    data = encoded.tobytes()
    chunks = [_text_chunk(key, text) for key, text in texts.items()]
    return b"".join([data[:_HEAD], *chunks, data[_HEAD:]])


def _text_chunk(key: str, text: str) -> bytes:
    """tEXt: keyword of 1 to 79 Latin-1 bytes, zero byte, text."""
    body = b"tEXt" + key.encode("latin-1", "replace")[:79] + b"\0" + text.encode("latin-1", "replace")
    return struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
