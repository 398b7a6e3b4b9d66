"""Texts and profiles that unpack to much more or may take long to read: the picture beside them is taken."""

import zlib

from tests.jobs.uploads import raw_files
from tests.jobs.uploads.hostile_file import Accepted, HostileFile, flat_pixels
from tests.jobs.uploads.pictures import SIZE


def bombs() -> list[HostileFile]:
    profile = raw_files.chunk(b"iCCP", b"x\0\0" + _zeros(20 * 1024**2))
    made = {
        "text-bomb.png": _text_bombs(2 * 1024**2, b"Copyright"),
        "text-bombs.png": _text_bombs(1024**2 - 1, *[b"Copyright"] * 70),
        "raw-profile-bombs.png": _text_bombs(250_000, *(b"Raw profile type %d" % n for n in range(12_000))),
        "profile-bomb.png": [profile],
        "xmp-elements.png": [_xmp(b"<dc:rights>" * 90_000)],
        "xmp-tags.png": [_xmp(b"<dc:rights " * 90_000)],
        "xmp-items.png": [_xmp(b"<dc:rights>" + b"<rdf:li " * 120_000 + b"</dc:rights>")],
    }
    black = Accepted("PNG", pixels=flat_pixels((0, 0, 0)))
    return [
        HostileFile(name, lambda chunks=chunks: _with_chunks(*chunks), black) for name, chunks in made.items()
    ]


def _zeros(size: int) -> bytes:
    return zlib.compress(bytes(size))


def _text_bombs(size: int, *keywords: bytes) -> list[bytes]:
    packed = _zeros(size)
    return [raw_files.chunk(b"zTXt", keyword + b"\0\0" + packed) for keyword in keywords]


def _xmp(packet: bytes) -> bytes:
    return raw_files.chunk(b"iTXt", b"XML:com.adobe.xmp\0\0\0\0\0" + packet)


def _with_chunks(*chunks: bytes) -> bytes:
    return raw_files.png(*SIZE, 8, 2, bytes(3 * SIZE[0]), *chunks)
