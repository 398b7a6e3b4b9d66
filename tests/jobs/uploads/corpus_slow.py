"""Files that are cheap to send and were made to be read slowly: a child has to be done with each in seconds."""

import itertools
import random
import struct
import zlib
from collections.abc import Callable, Iterator

from PIL import Image

from tests.jobs.uploads import raw_files
from tests.jobs.uploads.pictures import encode, quadrants

LARGE = 16 * 1024**2
"""Bytes of the larger files; a plan takes 40 MB."""


def slow_files() -> dict[str, Callable[[], bytes]]:
    """Return functions that make the files, by name."""
    return {**_slow_jpegs(), **_slow_pngs(), **_slow_tiffs(), **_slow_containers()}


def _slow_jpegs() -> dict[str, Callable[[], bytes]]:
    return {
        "scans-progressive.jpg": lambda: many_scans(50_000),
        "scans-sequential.jpg": lambda: many_scans(50_000, progressive=False),
        "scans-large.jpg": lambda: many_scans(20_000, size=(5600, 4200)),
        "scans-most.jpg": lambda: many_scans(90, size=(5600, 4200)),
        "segments.jpg": lambda: _with_segments(itertools.repeat((0xE5, b""), LARGE // 4)),
        "comments.jpg": lambda: _with_segments(itertools.repeat((0xFE, b"x"), LARGE // 5)),
        "exif-pieces.jpg": lambda: _with_segments(itertools.repeat((0xE1, b"Exif\0\0x"), LARGE // 11)),
        "exif-repeats.jpg": lambda: _with_segments(_in_pieces(repeated_tag("<", LARGE))),
        "profile-pieces.jpg": lambda: _with_segments(
            (0xE2, b"ICC_PROFILE\0" + bytes((n % 256, 255))) for n in range(LARGE // 18)
        ),
        "junk.jpg": lambda: _with_segments([], junk=b"\x01" * LARGE),
        "padding.jpg": lambda: _with_segments([], junk=b"\xff" * LARGE),
        "frames.jpg": lambda: _with_segments(itertools.repeat((0xC1, bytes(60_000)), 100)),
        "cut-frames.jpg": lambda: _with_segments(
            itertools.repeat((0xC2, bytes((8, 0, 48, 0, 64, 255)) + bytes(range(256)) * 255), 120)
        )[:-400],
        "tables.jpg": lambda: _with_segments(itertools.repeat((0xDB, bytes(65)), LARGE // 69)),
    }


def many_scans(count: int, *, size: tuple[int, int] = (64, 48), progressive: bool = True) -> bytes:
    """A grey JPEG whose last scan is there `count` times more."""
    content = encode(Image.new("L", size, 9), "JPEG", progressive=progressive, quality=50)
    start = content.rindex(b"\xff\xda")
    return content[:start] + content[start:-2] * (count + 1) + content[-2:]


def _with_segments(
    segments: Iterator[tuple[int, bytes]] | list[tuple[int, bytes]], *, junk: bytes = b""
) -> bytes:
    content, start = encode(quadrants(), "JPEG"), 2 + 18  # after SOI and JFIF's segment
    made = [struct.pack(">BBH", 0xFF, kind, len(body) + 2) + body for kind, body in segments]
    return b"".join((content[:start], *made, junk, content[start:]))


def _in_pieces(exif: bytes) -> Iterator[tuple[int, bytes]]:
    for at in range(0, len(exif), 65_000):
        yield 0xE1, b"Exif\0\0" + exif[at : at + 65_000]


def repeated_tag(order: str, size: int, tag: int = 0x013B) -> bytes:
    """EXIF data of `size` bytes: one tag 65,535 times, each with all bytes as its value."""
    count, head = 65_535, (b"II*\0" if order == "<" else b"MM\0*")
    entry = struct.pack(order + "HHII", tag, 2, size - 8, 8)
    body = head + struct.pack(order + "IH", 8, count) + entry * count
    return body.ljust(size, b"\0")


def _slow_pngs() -> dict[str, Callable[[], bytes]]:
    def png(*chunks: bytes) -> Callable[[], bytes]:
        return lambda: raw_files.png(64, 48, 8, 2, bytes(192), *chunks)

    digits = b"\nexif\n 99999999\n"
    return {
        "xmp.png": png(_compressed_xmp(slow_packets()[0])),
        "chunks.png": lambda: raw_files.png(
            64, 48, 8, 2, bytes(192), raw_files.chunk(b"teXt", b"") * (LARGE // 12)
        ),
        "exif-repeats.png": lambda: png(raw_files.chunk(b"eXIf", repeated_tag(">", LARGE)))(),
        "raw-exif.png": lambda: png(
            raw_files.chunk(
                b"tEXt", b"Raw profile type exif\0" + digits + repeated_tag("<", LARGE // 2).hex().encode()
            )
        )(),
        "raw-spaces.png": lambda: png(
            raw_files.chunk(b"tEXt", b"Raw profile type xmp\0" + digits + b" " * LARGE + b"x")
        )(),
        "raw-digits.png": lambda: png(
            raw_files.chunk(b"tEXt", b"Raw profile type xmp\0x " + b"1" * LARGE + b"x")
        )(),
        "profile-stages.png": lambda: png(
            raw_files.chunk(b"iCCP", b"x\0\0" + zlib.compress(staged_profile(40_000)))
        )(),
    }


def slow_packets() -> list[bytes]:
    """XMP of 262,144 bytes, of which each repeats something that could be the start of a property."""
    starts = (
        b"<dc:rights>", b"<dc:rights ", b"<rdf:li ", b"<rdf:li>", b' dc:rights="', b" dc:rights", b"xmlns:", b"xmlns:a",
        b" ", b"&#1", b"&", b"<", b"1", b"</dc:rights>", b'xmlns:a="', b"<dc:rights\t", b"<rdf:li",
    )  # fmt: skip
    chosen = random.Random(1)
    mixed = [b"".join(chosen.choices(starts, k=3)) for _ in range(8)]
    heads = (
        b"",
        b"<dc:rights>",
        b"<xmp:CreateDate>2024-05-01T10:10:10.1",
        b'xmlns:a="http://purl.org/dc/elements/1.1/" a:rights=',
    )
    packets = [
        (heads[n % len(heads)] + start * 262_144)[:262_144] for n, start in enumerate((*starts, *mixed))
    ]
    closed = [packet[:-30] + b"</dc:rights></xmp:CreateDate>x" for packet in packets]
    return packets + closed


def _compressed_xmp(packet: bytes) -> bytes:
    return raw_files.chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(packet, 9))


def staged_profile(stages: int) -> bytes:
    """An RGB profile whose way to PCS (D2B0) is a chain of so many matrices (ICC.1:2022, 10.16)."""
    matrix = b"matf\0\0\0\0" + struct.pack(">HH12f", 3, 3, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0)
    start = 16 + 8 * stages
    table = b"".join(struct.pack(">II", start + n * len(matrix), len(matrix)) for n in range(stages))
    chain = b"mpet\0\0\0\0" + struct.pack(">HHI", 3, 3, stages) + table + matrix * stages
    return raw_files.rgb_profile({b"D2B0": chain, b"D2B1": chain})


def _slow_tiffs() -> dict[str, Callable[[], bytes]]:
    return {
        "tag-repeats.tif": lambda: _tiff_with({}, repeats=(0x013B, 2, LARGE - 8, 8, 65_000)),
        "numbers.tif": lambda: _tiff_with({258: (3, LARGE // 2, 8)}),
        "pages.tif": lambda: _many_pages(900),
        "strips.tif": lambda: _tiff_with({273: (4, LARGE // 4 - 8, 8), 279: (4, LARGE // 4 - 8, 8)}),
        "jpeg-strips.tif": lambda: _jpeg_strips(90),
    }


def _tiff_with(
    changes: dict[int, tuple[int, int, int]], *, repeats: tuple[int, int, int, int, int] | None = None
) -> bytes:
    """A grey TIFF of LARGE bytes with (type, count, place) of some tags, or one tag many times."""
    entries = {
        256: (4, 1, 64), 257: (4, 1, 48), 258: (3, 1, 8), 259: (3, 1, 1), 262: (3, 1, 1), 273: (4, 1, 8),
        277: (3, 1, 1), 278: (4, 1, 48), 279: (4, 1, 64 * 48),
    } | changes  # fmt: skip
    rows = [struct.pack("<HHII", tag, *value) for tag, value in sorted(entries.items())]
    if repeats:
        tag, kind, count, at, times = repeats
        rows = (
            [row for row in rows if row[:2] < struct.pack("<H", 270)]
            + [struct.pack("<HHII", tag, kind, count, at)] * times
            + rows[6:]
        )
    return (
        b"II*\0"
        + struct.pack("<I", LARGE)
        + bytes(LARGE - 8)
        + struct.pack("<H", len(rows))
        + b"".join(rows)
        + bytes(4)
    )


def _many_pages(count: int) -> bytes:
    """Pages whose every tag that is looked at has millions of values, the same bytes of the file."""
    size = 2 + 12 * 5 + 4
    first = LARGE
    pages = []
    for number in range(count):
        rows = [struct.pack("<HHII", tag, 3, (LARGE - 8) // 2, 8) for tag in (254, 255, 256, 257, 330)]
        link = first + size * (number + 1) if number + 1 < count else 0
        pages.append(struct.pack("<H", 5) + b"".join(rows) + struct.pack("<I", link))
    return b"II*\0" + struct.pack("<I", first) + bytes(LARGE - 8) + b"".join(pages)


def _jpeg_strips(scans: int) -> bytes:
    """A TIFF of 24 megapixels in strips that are all the same JPEG with many scans."""
    width, rows, strips = 6000, 80, 50
    strip = many_scans(scans, size=(width, rows))
    lists = struct.pack(f"<{strips}I", *[8] * strips) + struct.pack(f"<{strips}I", *[len(strip)] * strips)
    at = 8 + len(strip) + len(strip) % 2
    entries = {
        256: (4, 1, width), 257: (4, 1, rows * strips), 258: (3, 1, 8), 259: (3, 1, 7), 262: (3, 1, 1),
        273: (4, strips, at), 277: (3, 1, 1), 278: (4, 1, rows), 279: (4, strips, at + 4 * strips),
    }  # fmt: skip
    directory = struct.pack("<H", len(entries)) + b"".join(
        struct.pack("<HHII", tag, *value) for tag, value in entries.items()
    )
    return (
        b"II*\0"
        + struct.pack("<I", at + len(lists))
        + strip.ljust(at - 8, b"\0")
        + lists
        + directory
        + bytes(4)
    )


def _slow_containers() -> dict[str, Callable[[], bytes]]:
    return {
        "exif-repeats.webp": lambda: encode(quadrants(), "WEBP", exif=b"Exif\0\0" + repeated_tag("<", LARGE)),
        "boxes.avif": lambda: _with_boxes(encode(quadrants(), "AVIF")),
        "boxes.heic": lambda: _with_boxes(encode(quadrants(), "HEIF")),
        "chunks.webp": lambda: _with_riff_chunks(encode(quadrants(), "WEBP", exif=b"Exif\0\0II*\0")),
    }


def _with_boxes(content: bytes) -> bytes:
    """The file with a million empty boxes behind its first one."""
    first = int.from_bytes(content[:4])
    return content[:first] + struct.pack(">I4s", 8, b"free") * (LARGE // 8) + content[first:]


def _with_riff_chunks(content: bytes) -> bytes:
    more = struct.pack("<4sI", b"JUNK", 0) * (LARGE // 8)
    body = content[8:] + more
    return content[:4] + struct.pack("<I", len(body)) + body
