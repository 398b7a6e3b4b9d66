"""Removes metadata from PNG files, chunk by chunk (PNG specification, third edition)."""

import struct
import zlib
from collections.abc import Iterator, Mapping

from jobs.uploads.derivatives import exif_block

SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KEPT = {b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"sRGB"}


def strip_png(content: bytes, *, notices: Mapping[str, str]) -> bytes:
    """Returns the PNG with no metadata but an eXIf chunk of `notices`: copyright, artist, captured_at.

    Copies the compressed data without decoding it and drops bytes after IEND. Raises ValueError if the file
    is truncated, has a wrong checksum, or has its chunks in an invalid order.
    """
    chunks = [(kind, whole) for kind, whole in _read_chunks(content) if kind in _KEPT]
    _check_order([kind for kind, _ in chunks])
    exif = exif_block(notices)
    header, rest = chunks[0][1], b"".join(whole for _, whole in chunks[1:])
    return SIGNATURE + header + (_chunk(b"eXIf", exif) if exif else b"") + rest


def check_end(content: bytes) -> None:
    """Raises ValueError if the PNG file ends before its last chunk does. Its pixels may all be there."""
    for _ in _read_chunks(content):
        pass


def _read_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yields type and all bytes (length, type, data, CRC) of each chunk up to IEND. Raises ValueError."""
    if not content.startswith(SIGNATURE):
        raise ValueError("not a PNG file")
    view, at, kind = memoryview(content), len(SIGNATURE), b""
    while kind != b"IEND":
        if at + 12 > len(content):
            raise ValueError("the PNG file is cut short")
        length, kind = struct.unpack_from(">I4s", content, at)
        end = at + 12 + length
        if end > len(content):
            raise ValueError("the PNG file is cut short")
        if zlib.crc32(view[at + 4 : end - 4]) != int.from_bytes(view[end - 4 : end]):
            raise ValueError(f"a {kind.decode('latin-1')} chunk of the PNG file has a wrong checksum")
        yield kind, bytes(view[at:end])
        at = end


def _check_order(kinds: list[bytes]) -> None:
    data = [index for index, kind in enumerate(kinds) if kind == b"IDAT"]
    if kinds[0] != b"IHDR" or kinds.count(b"IHDR") != 1 or not data:
        raise ValueError("the PNG file lacks its header or its pixels")
    if data[-1] - data[0] + 1 != len(data) or data[-1] != len(kinds) - 2:
        raise ValueError("the chunks of the PNG file are out of order")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
