"""Reads what AVIF and HEIC files say about their picture's colour and depth.

Sources: ISO/IEC 14496-12 (boxes, `meta`, `pitm`), ISO/IEC 23008-12 (`iprp`, `pixi`), AV1 Codec ISO
Media File Format Binding, section 2.3 (`av1C`).
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

_FULL_BOX = 4
"""Bytes of version and flags before the content of some boxes."""
_MOST_BOXES = 10_000
"""Photos of 50 megapixels, stored as a grid, have a few hundred in one place."""


@dataclass(frozen=True, slots=True)
class PrimaryPicture:
    """`nclx` has the codes of primaries and transfer (ITU-T H.273), if there are any; `depth` is in bits."""

    nclx: tuple[int, int] | None = None
    depth: int = 8


def read_primary_picture(content: bytes) -> PrimaryPicture:
    """Returns what the file says of its primary picture, or the default for what it does not say or garbles."""
    try:
        properties = _properties(find_box(memoryview(content), b"meta")[_FULL_BOX:])
        return PrimaryPicture(_nclx(properties), _depth(properties))
    except (LookupError, struct.error):
        return PrimaryPicture()


def iterate_boxes(content: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    """Yields (type, content) of up to _MOST_BOXES boxes; stops at the first that is cut short."""
    at = 0
    for _ in range(_MOST_BOXES):
        if at + 8 > len(content):
            return
        size, kind = struct.unpack_from(">I4s", content, at)
        head = 8
        if size == 1:
            (size,), head = struct.unpack_from(">Q", content, at + 8), 16
        elif size == 0:
            size = len(content) - at
        if size < head or at + size > len(content):
            return
        yield kind, content[at + head : at + size]
        at += size


def find_box(content: memoryview, kind: bytes) -> memoryview:
    """Returns the first box of a kind. Raises LookupError if there is none."""
    return dict(reversed(list(iterate_boxes(content))))[kind]


def _properties(meta: memoryview) -> list[tuple[bytes, memoryview]]:
    """Returns (type, content) of the primary item's properties."""
    primary = find_box(meta, b"pitm")
    item = int.from_bytes(primary[_FULL_BOX : _FULL_BOX + (4 if primary[0] else 2)])
    known = list(iterate_boxes(find_box(find_box(meta, b"iprp"), b"ipco")))
    return [
        known[index - 1]
        for index in _associations(find_box(find_box(meta, b"iprp"), b"ipma")).get(item, ())
        if index
    ]


def _associations(ipma: memoryview) -> dict[int, list[int]]:
    """Returns the numbers of each item's properties, from 1; 0 stands for none."""
    item_format, wide = (">I" if ipma[0] else ">H"), ipma[3] & 1
    (count,) = struct.unpack_from(">I", ipma, _FULL_BOX)
    at, found = _FULL_BOX + 4, {}
    for _ in range(count):
        (item,) = struct.unpack_from(item_format, ipma, at)
        at += struct.calcsize(item_format)
        size = 2 if wide else 1
        numbers = ipma[at + 1 : at + 1 + size * ipma[at]]
        found[item] = [  # the highest bit says whether the property is essential
            int.from_bytes(numbers[start : start + size]) & (0x7FFF if wide else 0x7F)
            for start in range(0, len(numbers), size)
        ]
        at += 1 + len(numbers)
    return found


def _nclx(properties: list[tuple[bytes, memoryview]]) -> tuple[int, int] | None:
    for kind, content in properties:
        if kind == b"colr" and bytes(content[:4]) == b"nclx":
            primaries, transfer = struct.unpack_from(">HH", content, 4)
            return primaries, transfer
    return None


def _depth(properties: list[tuple[bytes, memoryview]]) -> int:
    for kind, content in properties:
        if kind == b"pixi":
            return content[_FULL_BOX + 1]
        if kind == b"av1C":
            high, twelve = content[2] & 0x40, content[2] & 0x20
            return (12 if twelve else 10) if high else 8
    return 8
