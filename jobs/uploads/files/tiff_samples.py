"""Reads the samples of TIFFs whose depth or layout Pillow gets wrong.

libtiff, inside Pillow, only unpacks: it is given a directory that declares a row's bytes to be grey pixels.
What the bytes mean follows from the true directory here, for any depth, predictor, order of planes and byte
order.
Source: TIFF 6.0, sections 3, 8, 14, 15 and 18.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from jobs.uploads.files import tiff_directory as tags
from jobs.uploads.files.tiff_directory import Directory

_ROWS = 64
"""Rows that are converted at a time."""
_MEANING = (
    254,
    255,
    280,
    281,
    290,
    291,
    301,
    317,
    320,
    321,
    330,
    332,
    334,
    336,
    338,
    339,
    340,
    341,
    529,
    530,
    531,
    532,
)
"""Tags about what samples mean, which do not fit bytes."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file stores samples: `tile` is (columns, samples per column, tiles per row), of one plane."""

    size: tuple[int, int]
    bits: int
    tile: tuple[int, int, int]
    predictor: int

    @classmethod
    def of(cls, directory: Directory) -> "Layout":
        """Reads the layout; a strip counts as a tile of the picture's width."""
        width, length = directory.number(tags.WIDTH), directory.number(tags.LENGTH)
        columns = directory.number(tags.TILE_WIDTH, width)
        samples = 1 if is_planar(directory) else directory.number(tags.SAMPLES, 1)
        predictor = directory.number(tags.PREDICTOR, 1)
        return cls(
            (width, length),
            directory.number(tags.BITS, 1),
            (columns, samples, -(-width // columns)),
            predictor,
        )

    @property
    def tile_row_bytes(self) -> int:
        """Bytes of one row of a tile: each starts at a whole byte."""
        columns, samples, _ = self.tile
        return -(-columns * samples * self.bits // 8)


def is_planar(directory: Directory) -> bool:
    """Tells whether each channel is stored in a plane of its own."""
    return directory.number(tags.PLANAR, 1) == 2 and directory.number(tags.SAMPLES, 1) > 1


def open_header(directory: Directory) -> Image.Image:
    """Returns a picture of Pillow that has all tags that do not concern pixels. Do not load it."""
    return _open(directory, _declare_bytes(directory, 0))


def _open(directory: Directory, changes: dict[int, Sequence[int] | None]) -> Image.Image:
    return Image.open(io.BytesIO(directory.rewritten(changes)), formats=["TIFF"])


def _declare_bytes(directory: Directory, plane: int) -> dict[int, Sequence[int] | None]:
    """Returns the changes to a directory that declare one plane's bytes to be grey pixels."""
    layout = Layout.of(directory)
    offsets, sizes = tags.STRIP_OFFSETS, tags.STRIP_SIZES
    changes: dict[int, Sequence[int] | None] = dict.fromkeys(_MEANING)
    if tags.TILE_WIDTH in directory.entries:
        offsets, sizes = tags.TILE_OFFSETS, tags.TILE_SIZES
        changes[tags.TILE_WIDTH] = [layout.tile_row_bytes]
    planes = directory.number(tags.SAMPLES, 1) if is_planar(directory) else 1
    for tag in (offsets, sizes):
        numbers = directory.numbers(tag)
        part = len(numbers) // planes
        changes[tag] = numbers[plane * part : (plane + 1) * part]
    return changes | {
        tags.WIDTH: [layout.tile_row_bytes * layout.tile[2]],
        tags.BITS: [8],
        tags.PHOTOMETRIC: [tags.BLACK_IS_ZERO],
        tags.SAMPLES: [1],
        tags.PLANAR: [1],
    }


def read_samples(directory: Directory, channels: list[int], table: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Returns rows × columns × `channels`, each sample replaced by its entry in `table`.

    `channels` are numbers of samples within a pixel. Raises any error of Pillow, and ValueError for data that
    is too short.
    """
    width, length = Layout.of(directory).size
    result = np.empty((length, width, len(channels)), np.uint8)
    if is_planar(directory):
        for index, plane in enumerate(channels):
            for top, samples in _read_plane(directory, plane):
                result[top : top + len(samples), :, index] = table[samples[:, :, 0]]
    else:
        for top, samples in _read_plane(directory, 0):
            result[top : top + len(samples)] = table[samples[:, :, channels]]
    return result


def _read_plane(directory: Directory, plane: int) -> Iterator[tuple[int, NDArray[Any]]]:
    """Yields (number of the first row, rows × columns × samples) for some rows at a time."""
    layout = Layout.of(directory)
    # Pillow would turn the bytes as if they were pixels.
    picture = _open(directory, _declare_bytes(directory, plane) | {tags.ORIENTATION: None})
    picture.load()
    columns, per_column, across = layout.tile
    for top in range(0, picture.height, _ROWS):
        rows = np.asarray(picture.crop((0, top, picture.width, min(top + _ROWS, picture.height))))
        tiles = rows.reshape(len(rows), across, layout.tile_row_bytes)
        samples = _unpack(tiles, layout.bits, columns * per_column, directory.order)
        samples = samples.reshape(len(rows), across, columns, per_column)
        if layout.predictor == 2:  # each sample is stored as the difference from the one to its left
            samples = np.cumsum(samples, axis=2, dtype=samples.dtype)
        yield top, samples.reshape(len(rows), across * columns, per_column)[:, : layout.size[0]]


def _unpack(packed: NDArray[np.uint8], bits: int, count: int, order: str) -> NDArray[Any]:
    """Returns the first `count` samples of the last axis. Depths other than 8 and 16 are packed without gaps."""
    if bits == 8:
        return packed[..., :count]
    if bits == 16:
        words = np.ascontiguousarray(packed[..., : 2 * count]).view(f"{order}u2")
        return words.astype(np.uint16)
    padded = np.pad(packed, ((0, 0), (0, 0), (0, 2))).astype(np.uint32)
    first_bit = np.arange(count) * bits
    at, shift = first_bit // 8, (24 - bits - first_bit % 8).astype(np.uint32)
    window = padded[..., at] << 16 | padded[..., at + 1] << 8 | padded[..., at + 2]
    return (window >> shift & ((1 << bits) - 1)).astype(np.uint16)
