"""What a PNG says about its colours, orientation and notices, under the names of Pillow's `Image.info`."""

import binascii
import re
import struct
import zlib
from typing import Any

from PIL import Image

from jobs.uploads.files.png_chunks import PngChunks
from jobs.uploads.metadata.notices import BROKEN_METADATA

_PROFILE_BYTES = 8 * 1024**2
"""Largest ICC profile unpacked; scanners and printers write up to 2 MiB."""
_TEXT_BYTES = 262_144
_NOTICES = ("Copyright", "Author")
_XMP = "XML:com.adobe.xmp"
_RAW_EXIF, _RAW_XMP = ("Raw profile type exif", "Raw profile type APP1"), "Raw profile type xmp"
_USED = {*_NOTICES, _XMP, *_RAW_EXIF, _RAW_XMP}
"""Keywords of texts. Others are not unpacked: a small file may have thousands."""
_ORIENTATION = 0x0112


def read_metadata(chunks: PngChunks) -> dict[str, Any]:
    """Returns the parts that are there and sound, in bytes unless noted.

    `icc_profile`; `cicp` (primaries, transfer, matrix, full range as integers); `srgb` (intent); `gamma`
    (float, of the file: 0.45455 for sRGB's); `chromaticity` (x and y of white, red, green, blue as floats);
    `exif` with an orientation only if it stands where browsers obey it; `xmp`; `Copyright` and `Author`
    (strings). As in libpng, the first chunk of a type counts, and colours must be stated before the pixels.
    """
    texts = _read_texts(chunks)
    found = {
        **_read_colours(chunks),
        "exif": _read_exif(chunks, texts),
        "xmp": texts.get(_XMP) or _unpack_raw_profile(texts.get(_RAW_XMP, b"")),
        **{name: _decode(texts[name]) for name in _NOTICES if name in texts},
    }
    return {key: value for key, value in found.items() if value or value == 0}


def _read_colours(chunks: PngChunks) -> dict[str, Any]:
    icc, cicp, srgb = chunks.first(b"iCCP"), chunks.first(b"cICP"), chunks.first(b"sRGB")
    gamma, chromaticity = chunks.first(b"gAMA"), chunks.first(b"cHRM")
    found: dict[str, Any] = {"icc_profile": _inflate(icc.partition(b"\0")[2][1:], _PROFILE_BYTES)}
    if len(cicp) == 4:
        found["cicp"] = tuple(cicp)
    if len(srgb) == 1:
        found["srgb"] = srgb[0]
    if len(gamma) == 4:
        found["gamma"] = int.from_bytes(gamma) / 100_000
    if len(chromaticity) == 32:
        found["chromaticity"] = tuple(value / 100_000 for value in struct.unpack(">8I", chromaticity))
    return found


def _read_exif(chunks: PngChunks, texts: dict[str, bytes]) -> bytes:
    if exif := chunks.first(b"eXIf"):
        return exif
    # Browsers and libvips see no orientation in these places, but the notices there are as good.
    elsewhere = (*chunks.every(b"eXIf"), *(_unpack_raw_profile(texts.get(name, b"")) for name in _RAW_EXIF))
    return _without_orientation(next(filter(None, elsewhere), b""))


def _without_orientation(exif: bytes) -> bytes:
    try:
        tags = Image.Exif()
        tags.load(exif)
        tags.pop(_ORIENTATION, None)
        return tags.tobytes() if len(tags) else b""
    except BROKEN_METADATA:
        return b""


def _read_texts(chunks: PngChunks) -> dict[str, bytes]:
    """Returns the texts that are used, by keyword; of two with one keyword the first."""
    found: dict[str, bytes] = {}
    for kind in (b"iTXt", b"zTXt", b"tEXt"):
        for chunk in chunks.every(kind):
            keyword, _, rest = chunk.partition(b"\0")
            name = keyword.decode("latin-1")
            if name in _USED and name not in found:
                found[name] = _unpack_text(kind, rest)
    return found


def _unpack_text(kind: bytes, rest: bytes) -> bytes:
    """Returns the text after the keyword, in UTF-8 or Latin-1."""
    if kind == b"tEXt":
        return rest
    if kind == b"zTXt":
        return _inflate(rest[1:], _TEXT_BYTES)
    text = rest[2:].split(b"\0", 2)[-1]  # flag and method; language and translated keyword
    return _inflate(text, _TEXT_BYTES) if rest[:1] == b"\1" else text


def _unpack_raw_profile(text: bytes) -> bytes:
    """Reads a profile as ImageMagick stores it: name, length and the bytes as hexadecimal digits."""
    match = re.fullmatch(rb"\s*\w+\s+\d+\s([0-9a-fA-F\s]*)", text)
    try:
        return binascii.unhexlify(b"".join(match[1].split())) if match else b""
    except binascii.Error:
        return b""


def _decode(text: bytes) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError:
        return text.decode("latin-1")


def _inflate(packed: bytes, most: int) -> bytes:
    """Unpacks `packed`; empty if it is broken or unpacks to more than `most` bytes."""
    stream = zlib.decompressobj()
    try:
        unpacked = stream.decompress(packed, most)
    except zlib.error:
        return b""
    return unpacked if stream.eof else b""
