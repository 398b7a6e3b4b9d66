"""Reads the chunks of a PNG as browsers do: those of the pixels must be sound, a broken other one is dropped.

Only bytes are handled here, without Pillow. Source: PNG specification, third edition (W3C), sections 5 and
11; what a wrong checksum or length means follows libpng and Chromium.
"""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from jobs.uploads.unfit import SAVE_AGAIN, Unfit, too_many_parts

SIGNATURE = b"\x89PNG\r\n\x1a\n"

_ANCILLARY = 0x20  # set in the first letter of a chunk that a reader may skip
_MOST_CHUNKS = 100_000
_GREY, _RGB, _PALETTE = 0, 2, 3  # colour types
_KEY_BYTES = {_GREY: 2, _RGB: 6}
_CHANNELS = {_GREY: 1, _RGB: 3, _PALETTE: 1, 4: 2, 6: 4}
# First column and row, and steps to the next, of each pass of an interlaced picture (section 8.1).
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


@dataclass(slots=True)
class PngChunks:
    """What a PNG holds.

    `before` and `after` map a chunk's type to the contents of the sound ancillary chunks before and after the
    first IDAT, in the order of the file. `data` is the compressed pixels; `data_is_sound` is False if a
    checksum of them is wrong.
    """

    header: bytes
    palette: bytes = b""
    data: list[memoryview] = field(default_factory=list)
    data_is_sound: bool = True
    before: dict[bytes, list[bytes]] = field(default_factory=dict)
    after: dict[bytes, list[bytes]] = field(default_factory=dict)

    @property
    def depth(self) -> int:
        """Bits per sample."""
        return self.header[8]

    @property
    def colour_type(self) -> int:
        return self.header[9]

    @property
    def unpacked_bytes(self) -> int:
        """Size of the pixels before compression: a filter byte and the samples of each row (section 7.2)."""
        width, height = struct.unpack(">II", self.header[:8])
        bits = self.depth * _CHANNELS.get(self.colour_type, 0)
        total = 0
        for left, top, right, down in _PASSES if self.header[12] else ((0, 0, 1, 1),):
            columns, rows = -((left - width) // right), -((top - height) // down)
            total += rows * (1 + (columns * bits + 7) // 8) if columns > 0 and rows > 0 else 0
        return total

    @property
    def transparency(self) -> bytes:
        """The tRNS chunk, empty if it is absent or does not fit the colour type."""
        table = self.first(b"tRNS")
        if self.colour_type == _PALETTE:
            return table[: len(self.palette) // 3]
        return table if len(table) == _KEY_BYTES.get(self.colour_type) else b""

    def _whole_palette(self) -> bytes:
        """The palette with as many colours as pixels can name; those missing are the last one, as in Chromium."""
        colours, last = 1 << self.depth, len(self.palette) // 3 * 3
        missing = max(0, colours - last // 3)
        return (self.palette[:last] + self.palette[last - 3 : last] * missing)[: 3 * colours]

    def first(self, kind: bytes) -> bytes:
        """Returns the first chunk of this type before the pixels; empty if there is none."""
        return self.before.get(kind, [b""])[0]

    def every(self, kind: bytes) -> list[bytes]:
        """Returns all chunks of this type, wherever they stand."""
        return self.before.get(kind, []) + self.after.get(kind, [])

    def pixels_only(self, *, without_checksum: bool = False) -> bytes:
        """Returns a PNG of the same pixels without colour key and metadata.

        `without_checksum` leaves out the checksum at the end of the compressed pixels (RFC 1950).
        """
        parts = [SIGNATURE, *_chunk(b"IHDR", self.header)]
        if self.colour_type == _PALETTE:
            parts += _chunk(b"PLTE", self._whole_palette())
            if self.transparency:
                parts += _chunk(b"tRNS", self.transparency)
        data = [b"".join(self.data)[:-4]] if without_checksum else self.data
        return b"".join([*parts, *_chunk(b"IDAT", *data), *_chunk(b"IEND")])


def read_chunks(content: bytes) -> PngChunks:
    """Reads a whole PNG file.

    Raises Unfit if its header, its palette or the start of its pixels is missing, and for too many chunks.

    A missing end and bytes after the end do not matter: the decoder finds out whether pixels are missing.
    """
    chunks = _walk(content)
    found = PngChunks(_read_header(chunks))
    for number, (kind, data, sound) in enumerate(chunks):
        if number > _MOST_CHUNKS:
            raise too_many_parts()
        if kind == b"IDAT":
            found.data.append(data)
            found.data_is_sound &= sound
        elif kind == b"PLTE" and sound and not found.data:
            found.palette = found.palette or bytes(data)
            found.before.pop(b"tRNS", None)  # does not count before the palette
        elif not kind[0] & _ANCILLARY:
            break
        elif sound:
            place = found.after if found.data else found.before
            place.setdefault(kind, []).append(bytes(data))
    if not found.data or (found.colour_type == _PALETTE and not found.palette):
        raise _damaged()
    return found


def _read_header(chunks: Iterator[tuple[bytes, memoryview, bool]]) -> bytes:
    kind, data, sound = next(chunks, (b"", memoryview(b""), False))
    if kind == b"CgBI":
        raise Unfit("unsupported_image", "is a PNG in a form that only Apple’s software reads.", SAVE_AGAIN)
    if kind != b"IHDR" or len(data) != 13 or not sound:
        raise _damaged()
    return bytes(data)


def _damaged() -> Unfit:
    return Unfit("unsupported_image", "is damaged and could not be read.", SAVE_AGAIN)


def _walk(content: bytes) -> Iterator[tuple[bytes, memoryview, bool]]:
    """Yields (type, data, checksum is right) of each chunk; pixels cut off by the file's end are yielded too."""
    whole, at = memoryview(content), len(SIGNATURE)
    while at + 8 <= len(content):
        length, kind = struct.unpack_from(">I4s", content, at)
        data = whole[at + 8 : at + 8 + length]
        checksum = content[at + 8 + length : at + 12 + length]
        if len(checksum) < 4:
            if kind == b"IDAT":
                yield kind, data, True
            return
        yield kind, data, int.from_bytes(checksum) == zlib.crc32(data, zlib.crc32(kind))
        at += 12 + length


def _chunk(kind: bytes, *parts: bytes | memoryview) -> list[bytes | memoryview]:
    checksum = zlib.crc32(kind)
    for part in parts:
        checksum = zlib.crc32(part, checksum)
    return [struct.pack(">I", sum(map(len, parts))), kind, *parts, struct.pack(">I", checksum)]
