"""PNGs are read as browsers read them: whole pixels are enough, and a broken chunk beside them is dropped.

What Chromium shows of each file was looked up once, with `<img>` and a canvas; the comments say where it
differs.
"""

import io
import struct
import zlib

import pytest
from PIL import Image

from jobs.uploads.decoder import guard
from jobs.uploads.picture import open_picture, read_picture
from jobs.uploads.unfit import Unfit
from tests.jobs.uploads import raw_files
from tests.jobs.uploads.raw_files import chunk, wrong

SIDE = 24
IMAGE = Image.effect_noise((SIDE, SIDE), 90).convert("RGB")
SIGNATURE = b"\x89PNG\r\n\x1a\n"
HEADER = chunk(b"IHDR", struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0))
ROWS = b"".join(b"\0" + IMAGE.crop((0, y, SIDE, y + 1)).tobytes() for y in range(SIDE))
PACKED = zlib.compress(ROWS)
HALF = len(PACKED) // 2
FIRST, SECOND = chunk(b"IDAT", PACKED[:HALF]), chunk(b"IDAT", PACKED[HALF:])
PIXELS, END = chunk(b"IDAT", PACKED), chunk(b"IEND", b"")
WRONG_SUM = PACKED[:-1] + bytes((PACKED[-1] ^ 1,))
TURN = b"II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0\0\0\0\0"
ARTIST_AS_A_NUMBER = b"II*\0\x08\0\0\0\1\0\x3b\1\x0b\0\1\0\0\0" + bytes(8)
XMP_TURN = b'XML:com.adobe.xmp\0\0\0\0\0<rdf:Description tiff:Orientation="6"/>'
P3 = chunk(b"iCCP", b"P3\0\0" + zlib.compress(raw_files.p3_profile()))
LINEAR = chunk(b"gAMA", struct.pack(">I", 100_000))


def _png(*chunks: bytes) -> bytes:
    return SIGNATURE + b"".join(chunks)


def _before(*chunks: bytes) -> bytes:
    return _png(HEADER, *chunks, PIXELS, END)


def _read(content: bytes) -> Image.Image:
    return read_picture(open_picture(io.BytesIO(content), "PNG"))[0]


WHOLE = {
    "text with a wrong checksum": _before(wrong(chunk(b"tEXt", b"Author\0a"))),
    "gamma with a wrong checksum": _before(wrong(LINEAR)),
    "profile with a wrong checksum": _before(wrong(P3)),
    "colour key with a wrong checksum": _before(wrong(chunk(b"tRNS", bytes(6)))),
    "animation with a wrong checksum": _before(wrong(chunk(b"acTL", struct.pack(">II", 2, 0)))),
    "end with a wrong checksum": _png(HEADER, PIXELS, wrong(END)),
    "pixels with a wrong checksum": _png(HEADER, wrong(PIXELS), END),
    # Chromium stops at a wrong checksum between pixels; the one within the pixels proves that they are right.
    "first pixels with a wrong checksum": _png(HEADER, wrong(FIRST), SECOND, END),
    "pixels whose own sum is wrong": _png(HEADER, chunk(b"IDAT", WRONG_SUM), END),
    "pixels without their own sum": _png(HEADER, chunk(b"IDAT", PACKED[:-4]), END),
    "density of two bytes": _before(chunk(b"pHYs", b"\0\1")),
    "time of one byte": _before(chunk(b"tIME", b"\0")),
    "chromaticities of two bytes": _before(chunk(b"cHRM", b"\0\1")),
    "intent of no bytes": _before(chunk(b"sRGB", b"")),
    "gamma of two bytes": _before(chunk(b"gAMA", b"\0\1")),
    "colour key of three bytes": _before(chunk(b"tRNS", b"\0\0\0")),
    "text that unpacks to 3 MiB": _before(chunk(b"zTXt", b"Author\0\0" + zlib.compress(bytes(3 << 20)))),
    "text that does not unpack": _before(chunk(b"zTXt", b"Author\0\0nonsense")),
    "international text cut short": _before(chunk(b"iTXt", b"Author\0\1")),
    "profile that does not unpack": _before(chunk(b"iCCP", b"P3\0\0nonsense")),
    "EXIF that is none": _before(chunk(b"eXIf", b"nonsense")),
    "an artist that is a number, after the pixels": _png(
        HEADER, PIXELS, chunk(b"eXIf", ARTIST_AS_A_NUMBER), END
    ),
    "palette of eleven bytes": _before(chunk(b"PLTE", bytes(11))),
    "unknown chunk": _before(chunk(b"a1b2", b"x")),
    "profile after the pixels": _png(HEADER, PIXELS, P3, END),
    "gamma after the pixels": _png(HEADER, PIXELS, LINEAR, END),
    "colour key after the pixels": _png(HEADER, PIXELS, chunk(b"tRNS", bytes(6)), END),
    "text between pixels": _png(HEADER, FIRST, chunk(b"tEXt", b"Author\0a"), SECOND, END),
    "unknown needed chunk after the pixels": _png(HEADER, PIXELS, chunk(b"QUXX", b"x"), END),
    "a chunk too long after the pixels": _png(HEADER, PIXELS, b"\xff\xff\xff\xfftEXt"),
    "no end": _png(HEADER, PIXELS),
    "cut within the end": _png(HEADER, PIXELS, END[:6]),
    "cut within the checksum of the pixels": _png(HEADER, PIXELS[:-2]),
    "cut within the sum of the pixels": _png(HEADER, PIXELS[:-6]),
    "a ZIP archive after the end": _png(HEADER, PIXELS, END, b"PK\3\4", bytes(99)),
    "more rows than the header says": _png(HEADER, chunk(b"IDAT", zlib.compress(ROWS + bytes(999))), END),
    "empty pixels first": _png(HEADER, chunk(b"IDAT", b""), PIXELS, END),
    "orientation in XMP": _before(chunk(b"iTXt", XMP_TURN)),
    "orientation after the pixels": _png(HEADER, PIXELS, chunk(b"eXIf", TURN), END),
}


@pytest.mark.parametrize("content", WHOLE.values(), ids=WHOLE)
def test_whole_pixels_are_taken_as_they_are(content: bytes) -> None:
    read = _read(content)
    assert (read.mode, read.tobytes()) == ("RGB", IMAGE.tobytes())


def _interlaced(passes: int = 7) -> bytes:
    """The picture in the first passes of Adam7 (PNG, section 8.1)."""
    steps = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
    rows = b""
    for left, top, right, down in steps[:passes]:
        for y in range(top, SIDE, down):
            rows += b"\0" + bytes(value for x in range(left, SIDE, right) for value in IMAGE.getpixel((x, y)))
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 1))
    return _png(header, chunk(b"IDAT", zlib.compress(rows)), END)


def test_interlaced() -> None:
    assert _read(_interlaced()).tobytes() == IMAGE.tobytes()


def _damage_first_row() -> bytes:
    """The pixels with one stored byte changed, so that they unpack and their own sum is wrong."""
    stored = zlib.compress(ROWS, 0)
    return stored[:20] + bytes((stored[20] ^ 255,)) + stored[21:]


CUT = "is cut short or damaged."
DAMAGED = "is damaged and could not be read."
BROKEN = {
    "cut within the last pixel": (_png(HEADER, PIXELS[:-12]), CUT),
    "cut in the middle": (_png(HEADER, PIXELS)[:HALF], CUT),
    "cut after the first pixels": (_png(HEADER, FIRST), CUT),
    "one row too few": (_png(HEADER, chunk(b"IDAT", zlib.compress(ROWS[: -3 * SIDE - 1])), END), CUT),
    "an interlaced picture without its last pass": (_interlaced(passes=6), CUT),
    "no pixels": (_png(HEADER, END), DAMAGED),
    "a header with a wrong checksum": (_png(wrong(HEADER), PIXELS, END), DAMAGED),
    "changed pixels": (_png(HEADER, wrong(chunk(b"IDAT", _damage_first_row())), END), DAMAGED),
    "unknown filter": (_png(HEADER, chunk(b"IDAT", zlib.compress(b"\x09" + ROWS[1:])), END), DAMAGED),
    "unknown needed chunk": (_before(chunk(b"QUXX", b"x")), DAMAGED),
    "no header": (_png(PIXELS, END), DAMAGED),
}  # fmt: skip


@pytest.mark.parametrize(("content", "reason"), BROKEN.values(), ids=BROKEN)
def test_missing_or_changed_pixels_are_refused(content: bytes, reason: str) -> None:
    with pytest.raises(Unfit) as unfit:
        guard(lambda: _read(content))
    assert unfit.value.reason == reason


def test_black_rows_at_the_end_are_no_missing_rows() -> None:
    black = b"\0" * (3 * SIDE + 1) * SIDE
    assert _read(_png(HEADER, chunk(b"IDAT", zlib.compress(black)), END)).getextrema() == ((0, 0),) * 3


def _keyed(depth: int, colour: int, left: bytes, right: bytes, key: tuple[int, ...]) -> Image.Image:
    """Two pixels, of which the key names one; `left` and `right` are their samples, packed together."""
    rows = left + right if depth >= 8 else bytes(a | b for a, b in zip(left, right, strict=True))
    transparency = chunk(b"tRNS", struct.pack(f">{len(key)}H", *key))
    return _read(raw_files.png(2, 1, depth, colour, rows, transparency))


def _deep(*samples: int) -> bytes:
    return struct.pack(f">{len(samples)}H", *samples)


KEYS = {
    "grey of 1 bit": (_keyed(1, 0, b"\x80", b"\0", (1,)), [0, 255]),
    "grey of 2 bits": (_keyed(2, 0, b"\x40", b"\x30", (1,)), [0, 255]),
    "grey of 4 bits": (_keyed(4, 0, b"\x50", b"\x0a", (5,)), [0, 255]),
    "grey of 4 bits, as 8": (_keyed(4, 0, b"\x50", b"\x0a", (10,)), [255, 0]),
    "grey of 8 bits": (_keyed(8, 0, b"\x05", b"\x55", (5,)), [0, 255]),
    "grey of 8 bits, upper bits set": (_keyed(8, 0, b"\x05", b"\x55", (0x0105,)), [0, 255]),
    "grey of 16 bits": (_keyed(16, 0, _deep(0x0101), _deep(0x0102), (0x0102,)), [255, 0]),
    "colour of 8 bits": (_keyed(8, 2, b"\1\2\3", b"\1\2\4", (1, 2, 3)), [0, 255]),
    "colour of 16 bits": (_keyed(16, 2, _deep(300, 4000, 50000), _deep(1, 2, 3), (300, 4000, 50000)), [0, 255]),
    "colour of 16 bits, one low byte differs": (
        _keyed(16, 2, _deep(300, 4000, 50000), _deep(300, 4001, 50000), (300, 4000, 50000)), [0, 255],
    ),
    "colour of 16 bits, a small key": (_keyed(16, 2, _deep(1, 1, 1), _deep(257, 257, 257), (1, 1, 1)), [0, 255]),
    "grey of 16 bits, a small key": (_keyed(16, 0, _deep(1), _deep(257), (1,)), [0, 255]),
}  # fmt: skip


@pytest.mark.parametrize(("read", "alphas"), KEYS.values(), ids=KEYS)
def test_the_colour_key_is_compared_in_the_depth_of_the_file(read: Image.Image, alphas: list[int]) -> None:
    assert list(read.getchannel("A").tobytes()) == alphas


PALETTE = bytes((10, 20, 30, 40, 50, 60))


def _indexed(*chunks: bytes) -> Image.Image:
    """Three pixels of the colours 0, 1 and 2."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 3, 2, 8, 3, 0, 0, 0))
    pixels = chunk(b"IDAT", zlib.compress(b"\0\0\1\2" * 2))
    return _read(_png(header, *chunks, pixels, END))


def test_a_colour_beyond_the_palette_is_its_last() -> None:
    last = (40, 50, 60)
    for palette in (PALETTE, PALETTE + b"\x63"):
        read = _indexed(chunk(b"PLTE", palette))
        assert [read.getpixel((x, 0)) for x in range(3)] == [(10, 20, 30), last, last]


def test_alphas_count_after_the_palette_only() -> None:
    palette, alphas = chunk(b"PLTE", PALETTE), chunk(b"tRNS", bytes((5, 6, 7, 8)))
    assert _indexed(palette, alphas).getchannel("A").tobytes()[:3] == bytes((5, 6, 255))
    assert _indexed(alphas, palette).mode == "RGB"


@pytest.mark.parametrize("chunks", [[], [chunk(b"PLTE", b"")], [wrong(chunk(b"PLTE", PALETTE))]], ids=len)
def test_colours_without_a_palette_are_refused(chunks: list[bytes]) -> None:
    with pytest.raises(Unfit, match="is damaged"):
        _indexed(*chunks)


def test_only_exif_before_the_pixels_turns() -> None:
    turned = _read(_before(chunk(b"eXIf", TURN)))
    assert turned.tobytes() == IMAGE.transpose(Image.Transpose.ROTATE_270).tobytes()
