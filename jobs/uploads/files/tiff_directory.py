"""Reads and rewrites the directories of a TIFF, classic and BigTIFF, without reading any pixels.

Sources: TIFF 6.0, section 2; BigTIFF (https://www.awaresystems.be/imaging/tiff/bigtiff.html).
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WIDTH, LENGTH, BITS, COMPRESSION, PHOTOMETRIC = 256, 257, 258, 259, 262
STRIP_OFFSETS, SAMPLES, STRIP_SIZES, PLANAR, PREDICTOR = 273, 277, 279, 284, 317
COLOUR_MAP, TILE_WIDTH, TILE_OFFSETS, TILE_SIZES = 320, 322, 324, 325
NEW_SUBFILE_TYPE, OLD_SUBFILE_TYPE, SUB_DIRECTORIES = 254, 255, 330
FILL_ORDER, ORIENTATION, EXTRA_SAMPLES, SAMPLE_FORMAT, DNG_VERSION = 266, 274, 338, 339, 50706
XMP, EXIF, GPS = 700, 34665, 34853

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, CMYK = 0, 1, 2, 3, 5
CHANNELS = {WHITE_IS_ZERO: 1, BLACK_IS_ZERO: 1, RGB: 3, PALETTE: 1, CMYK: 4}
"""Channels by PhotometricInterpretation, apart from extra ones."""

_MOST_DIRECTORIES = 1000
_MOST_ENTRIES = 4096
"""Tags of one directory that are read; files have up to a hundred or so."""
_MOST_NUMBERS = 1_000_000
"""Longest list of numbers; the tiles of the largest picture are fewer."""
_LONG, _LONG8, _IFD8 = 4, 16, 18
_INTEGERS = {1: "B", 3: "H", _LONG: "I", 13: "I", _LONG8: "Q", _IFD8: "Q"}
"""struct's letters for the types of integers."""
_SIZES = {
    1: 1,
    2: 1,
    3: 2,
    4: 4,
    5: 8,
    6: 1,
    7: 1,
    8: 2,
    9: 4,
    10: 8,
    11: 4,
    12: 8,
    13: 4,
    16: 8,
    17: 8,
    18: 8,
}
"""Bytes of a value by its type."""


@dataclass(frozen=True, slots=True)
class Directory:
    """One picture's tags in the whole file's `content`. `entries` has (type, count, place of the value field)."""

    content: bytes
    entries: Mapping[int, tuple[int, int, int]]
    next: int

    @property
    def order(self) -> str:
        """struct's letter for the file's byte order."""
        return "<" if self.content[:2] == b"II" else ">"

    @property
    def is_big(self) -> bool:
        """Tells whether offsets have 64 bits."""
        return 43 in self.content[2:4]

    def numbers(self, tag: int) -> tuple[int, ...]:
        """Returns a tag's integers; empty if it is missing, no integer, outside the file or absurdly long."""
        kind, count, _ = self.entries.get(tag, (0, 0, 0))
        if kind not in _INTEGERS or count > _MOST_NUMBERS:
            return ()
        value = self._value(tag)
        return struct.unpack(f"{self.order}{count}{_INTEGERS[kind]}", value) if value else ()

    def number(self, tag: int, default: int = 0) -> int:
        """Returns a tag's first integer, or `default` where `numbers` returns none."""
        kind, count, _ = self.entries.get(tag, (0, 0, 0))
        if kind not in _INTEGERS or count > _MOST_NUMBERS:
            return default
        value = self._value(tag)
        return int(struct.unpack_from(f"{self.order}{_INTEGERS[kind]}", value)[0]) if value else default

    def _value(self, tag: int) -> memoryview:
        """Returns a tag's value as stored; empty if the tag is missing, of unknown type or outside the file."""
        kind, count, at = self.entries.get(tag, (0, 0, 0))
        size, room = _SIZES.get(kind, 0) * count, 8 if self.is_big else 4
        if size > room:
            at = _offset(self.content, at)
        value = memoryview(self.content)[at : at + size]
        return value if len(value) == size else value[:0]

    def rewritten(self, changes: Mapping[int, Sequence[int] | None]) -> bytes:
        """Returns a file whose only directory is this one with other integers in some tags; None removes a tag.

        The file is a classic TIFF, because Pillow reads no big-endian BigTIFF. All else stays where it was.
        """
        tail = bytearray(len(self.content) % 2)
        entries = {tag: self._entry(tail, tag) for tag in self.entries if tag not in changes}
        for tag, numbers in changes.items():
            if numbers is not None:
                value = struct.pack(f"{self.order}{len(numbers)}I", *numbers)
                entries[tag] = self._new_entry(tail, tag, _LONG, len(numbers), value)
        head = self.content[:2] + struct.pack(self.order + "HI", 42, len(self.content) + len(tail))
        tail += struct.pack(self.order + "H", len(entries))
        tail += b"".join(entries[tag] for tag in sorted(entries)) + bytes(4)
        return b"".join((head, memoryview(self.content)[len(head) :], tail))

    def _entry(self, tail: bytearray, tag: int) -> bytes:
        kind, count, at = self.entries[tag]
        if not self.is_big:
            return self.content[at - 8 : at + 4]
        value = bytes(self._value(tag))
        if kind in (_LONG8, _IFD8):
            kind, value = _LONG, struct.pack(f"{self.order}{count}I", *self.numbers(tag))
        return self._new_entry(tail, tag, kind, count if value else 0, value)

    def _new_entry(self, tail: bytearray, tag: int, kind: int, count: int, value: bytes) -> bytes:
        """Returns an entry's 12 bytes; appends a value that is longer than 4 bytes to `tail`."""
        if len(value) > 4:
            at = len(self.content) + len(tail)
            tail += value + b"\0" * (len(value) % 2)
            value = struct.pack(self.order + "I", at)
        return struct.pack(self.order + "HHI", tag, kind, count) + value.ljust(4, b"\0")


def read_directories(content: bytes) -> list[Directory]:
    """Returns the file's pictures in their order, up to the first broken directory."""
    found: list[Directory] = []
    seen: set[int] = set()
    at = _offset(content, 8 if 43 in content[2:4] else 4)
    while at and at not in seen and len(found) < _MOST_DIRECTORIES:
        seen.add(at)
        directory = _read_directory(content, at)
        if directory is None or WIDTH not in directory.entries:
            break
        found.append(directory)
        at = directory.next
    return found


def _read_directory(content: bytes, at: int) -> Directory | None:
    order, big = ("<" if content[:2] == b"II" else ">"), 43 in content[2:4]
    long, head = ("Q", 8) if big else ("I", 2)
    entry_form = f"{order}HH{long}"
    value_at = struct.calcsize(entry_form)
    size = value_at + (8 if big else 4)
    try:
        (count,) = struct.unpack_from(order + ("Q" if big else "H"), content, at)
        entries = {}
        for start in range(at + head, at + head + min(count, _MOST_ENTRIES) * size, size):
            tag, kind, values = struct.unpack_from(entry_form, content, start)
            entries[tag] = (kind, values, start + value_at)
    except struct.error:
        return None
    return Directory(content, entries, _offset(content, at + head + count * size))


def _offset(content: bytes, at: int) -> int:
    """Returns the offset that is stored at a place in the file; 0, as at the end of the chain, if none is."""
    order, big = ("<" if content[:2] == b"II" else ">"), 43 in content[2:4]
    stored = content[at : at + (8 if big else 4)]
    return int.from_bytes(stored, "little" if order == "<" else "big")
