"""Writes TIFFs of any depth, layout and meaning, byte by byte (TIFF 6.0)."""

import struct
import zlib
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

GREY_NEGATIVE, GREY, RGB, PALETTE, CMYK = 0, 1, 2, 3, 5
NONE, LZW, DEFLATE, PACKBITS = 1, 5, 8, 32773
_CLEAR, _END = 256, 257


@dataclass(frozen=True)
class Storing:
    """How a picture is stored: `tile` is (width, length) in pixels, None for strips; `order` is "<" or ">"."""

    bits: int = 8
    meaning: int = RGB
    planar: bool = False
    tile: tuple[int, int] | None = None
    rows_per_strip: int = 7
    packing: int = NONE
    predictor: bool = False
    order: str = "<"
    big: bool = False
    extra: tuple[int, ...] = ()
    colour_map: tuple[int, ...] = ()
    tags: dict[int, int] = field(default_factory=dict)


def write_tiff(pixels: NDArray[np.integer], how: Storing) -> bytes:
    """A file with one picture; `pixels` is rows × columns × samples."""
    return write_pages([(pixels, how)])


def write_pages(pages: list[tuple[NDArray[np.integer], Storing]]) -> bytes:
    """A file with several pictures, all in the byte order and the kind of the first."""
    order, big = pages[0][1].order, pages[0][1].big
    body = bytearray(b"II" if order == "<" else b"MM")
    body += struct.pack(order + "HHHQ", 43, 8, 0, 0) if big else struct.pack(order + "HI", 42, 0)
    link = len(body) - (8 if big else 4)
    for pixels, how in pages:
        entries = _entries(body, pixels, how)
        struct.pack_into(order + ("Q" if big else "I"), body, link, len(body))
        link = _write_directory(body, entries, order, big)
    return bytes(body)


def _entries(body: bytearray, pixels: NDArray[np.integer], how: Storing) -> dict[int, list[int]]:
    length, width, samples = pixels.shape
    offsets, sizes = [], []
    for block in _blocks(pixels, how):
        body += b"\0" * (len(body) % 2)
        packed = _pack(_to_bytes(block, how), how.packing)
        offsets.append(len(body))
        sizes.append(len(packed))
        body += packed
    entries = {
        256: [width],
        257: [length],
        258: [how.bits] * samples,
        259: [how.packing],
        262: [how.meaning],
        277: [samples],
        284: [2 if how.planar else 1],
        **({317: [2]} if how.predictor else {}),
        **({320: list(how.colour_map)} if how.colour_map else {}),
        **({338: list(how.extra)} if how.extra else {}),
        **{tag: [value] for tag, value in how.tags.items()},
    }
    if how.tile:
        return entries | {322: [how.tile[0]], 323: [how.tile[1]], 324: offsets, 325: sizes}
    return entries | {273: offsets, 278: [how.rows_per_strip], 279: sizes}


def _blocks(pixels: NDArray[np.integer], how: Storing) -> list[NDArray[np.integer]]:
    """The strips or tiles of each plane, tiles filled up at the right and lower edge."""
    length, width, samples = pixels.shape
    planes = [pixels[:, :, at : at + 1] for at in range(samples)] if how.planar else [pixels]
    columns, rows = how.tile or (width, how.rows_per_strip)
    blocks = []
    for plane in planes:
        for top in range(0, length, rows):
            for left in range(0, width, columns):
                block = plane[top : top + rows, left : left + columns]
                missing = ((0, rows - len(block)), (0, columns - block.shape[1]), (0, 0))
                blocks.append(np.pad(block, missing, mode="edge") if how.tile else block)
    return blocks


def _to_bytes(block: NDArray[np.integer], how: Storing) -> bytes:
    """The samples as stored: depths other than 8 and 16 without gaps, each row from a whole byte."""
    values = block.astype(np.int64)
    if how.predictor:
        values = np.diff(values, axis=1, prepend=0) % (1 << how.bits)
    if how.bits == 16:
        return values.astype(f"{how.order}u2").tobytes()
    rows = values.reshape(len(values), -1, 1)
    bits = rows >> np.arange(how.bits - 1, -1, -1) & 1
    return np.packbits(bits.reshape(len(values), -1).astype(np.uint8), axis=1).tobytes()


def _pack(content: bytes, packing: int) -> bytes:
    if packing == DEFLATE:
        return zlib.compress(content)
    if packing == PACKBITS:
        pieces = [content[at : at + 128] for at in range(0, len(content), 128)]
        return b"".join(bytes((len(piece) - 1,)) + piece for piece in pieces)
    return _pack_lzw(content) if packing == LZW else content


def _pack_lzw(content: bytes) -> bytes:
    """Only literal codes, with the table cleared before codes would get longer than 9 bits."""
    codes = []
    for at in range(0, len(content), 200):
        codes += [_CLEAR, *content[at : at + 200]]
    text = "".join(f"{code:09b}" for code in [*codes, _END])
    text += "0" * (-len(text) % 8)
    return int(text, 2).to_bytes(len(text) // 8)


def _write_directory(body: bytearray, entries: dict[int, list[int]], order: str, big: bool) -> int:
    """Appends a directory; returns the place of the link to the next one."""
    long, kind, room = ("Q", 16, 8) if big else ("I", 4, 4)
    start = len(body)
    size = struct.calcsize(f"{order}HH{long}") + room
    arrays = bytearray()
    after = start + (8 if big else 2) + len(entries) * size + room
    body += struct.pack(order + ("Q" if big else "H"), len(entries))
    for tag, values in sorted(entries.items()):
        shorts = max(values) < 65536
        value = struct.pack(f"{order}{len(values)}{'H' if shorts else long}", *values)
        if len(value) > room:
            place, value = after + len(arrays), struct.pack(order + long, after + len(arrays))
            arrays += struct.pack(f"{order}{len(values)}{'H' if shorts else long}", *values)
            arrays += b"\0" * (len(arrays) % 2)
            assert place < 1 << 31
        body += struct.pack(f"{order}HH{long}", tag, 3 if shorts else kind, len(values)) + value.ljust(
            room, b"\0"
        )
    link = len(body)
    body += struct.pack(order + long, 0) + arrays
    return link
