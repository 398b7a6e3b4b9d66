"""Damages files as a fuzzer does: bits, lengths, cuts, repeats, and pieces of other files. A seed repeats it all."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping

from PIL import ExifTags, Image

from tests.jobs.uploads.pictures import encode, encode_all, frames, quadrants

EXTREME = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
"""Values at which lengths, counts and offsets of 1, 2 and 4 bytes turn over."""


def originals() -> dict[str, list[bytes]]:
    """Small files of eight formats, each with what the format can carry."""
    picture, alpha, grey = quadrants(), quadrants().convert("RGBA"), quadrants().convert("L")
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.Copyright] = "Zoë"
    noted = {"exif": exif.tobytes(), "xmp": b"<x:xmpmeta xmlns:x='adobe:ns:meta/'/>"}
    return {
        "JPEG": [
            encode(picture, "JPEG", **noted),
            encode(picture, "JPEG", progressive=True),
            encode(picture.convert("CMYK"), "JPEG"),
        ],
        "PNG": [
            encode(alpha, "PNG", exif=exif.tobytes()),
            encode(picture.quantize(16), "PNG", transparency=3),
            encode(Image.new("I;16", (9, 7), 5), "PNG"),
        ],
        "WEBP": [
            encode(picture, "WEBP", **noted),
            encode(alpha, "WEBP", lossless=True),
            encode_all(frames(), "WEBP"),
        ],
        "TIFF": [
            encode(picture, "TIFF", compression="tiff_lzw"),
            encode(grey, "TIFF", compression="tiff_adobe_deflate"),
            encode_all(frames(), "TIFF"),
        ],
        "AVIF": [encode(picture, "AVIF", exif=exif.tobytes()), encode(alpha, "AVIF")],
        "HEIC": [encode(picture, "HEIF", exif=exif.tobytes()), encode(alpha, "HEIF")],
        "GIF": [encode(picture.quantize(16), "GIF"), encode_all(frames(), "GIF")],
        "BMP": [encode(picture, "BMP"), encode(picture.quantize(16), "BMP")],
    }


def mutants(files: Mapping[str, list[bytes]], format: str, *, count: int, seed: str) -> Iterator[bytes]:
    """`count` damaged files of that format. One in eight gets a piece of a file of any format."""
    chance = random.Random(f"{seed} {format}")
    others = [content for made in files.values() for content in made]
    for _ in range(count):
        content = bytearray(chance.choice(files[format]))
        for _ in range(chance.choice((1, 1, 2, 4, 16))):
            chance.choice(WAYS)(content, chance)
        if chance.random() < 1 / 8:
            _splice(content, chance.choice(others), chance)
        yield bytes(content)


def _flip_bits(content: bytearray, chance: random.Random) -> None:
    for _ in range(chance.choice((1, 1, 8, 64))):
        if content:
            content[_place(content, chance)] ^= 1 << chance.randrange(8)


def _state_a_number(content: bytearray, chance: random.Random) -> None:
    size = chance.choice((1, 2, 4))
    value = chance.choice(EXTREME) & (256**size - 1)
    at = _place(content, chance)
    content[at : at + size] = value.to_bytes(size, chance.choice(("big", "little")))


def _cut(content: bytearray, chance: random.Random) -> None:
    del content[_place(content, chance) :]


def _leave_out(content: bytearray, chance: random.Random) -> None:
    at = _place(content, chance)
    del content[at : at + chance.choice((1, 4, 12, 100))]


def _repeat(content: bytearray, chance: random.Random) -> None:
    at = _place(content, chance)
    piece = bytes(content[at : at + chance.choice((1, 8, 64, 512))])
    content[at:at] = piece * chance.choice((1, 2, 100))


def _add_noise(content: bytearray, chance: random.Random) -> None:
    at = _place(content, chance)
    content[at:at] = chance.randbytes(chance.choice((1, 4, 64, 4096)))


WAYS: tuple[Callable[[bytearray, random.Random], None], ...] = (
    _flip_bits, _flip_bits, _state_a_number, _state_a_number, _state_a_number, _cut, _leave_out, _repeat, _add_noise,
)  # fmt: skip


def _splice(content: bytearray, other: bytes, chance: random.Random) -> None:
    begin = chance.randrange(len(other))
    at = _place(content, chance)
    content[at : at + chance.choice((0, 64, 4096))] = other[begin : begin + chance.choice((16, 256, 4096))]


def _place(content: bytearray, chance: random.Random) -> int:
    """Headers more often than pixels: half of the places are among the first 200 bytes."""
    end = min(len(content), 200) if chance.random() < 0.5 else len(content)
    return chance.randrange(end) if end else 0
