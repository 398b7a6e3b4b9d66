"""Writes files byte by byte that no encoder would write."""

import struct
import zlib

ICC_D50 = (0.9642, 1.0, 0.8249)
# Display P3 primaries adapted to D50, as in the profiles that phones embed.
P3_COLUMNS = ((0.51512, 0.24120, -0.00105), (0.29198, 0.69225, 0.04189), (0.15710, 0.06657, 0.78407))
SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)


def chunk(kind: bytes, data: bytes) -> bytes:
    """One PNG chunk with its length and checksum."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def wrong(chunk: bytes) -> bytes:
    """The chunk with a checksum that is wrong."""
    return chunk[:-1] + bytes((chunk[-1] ^ 1,))


def png(
    width: int, height: int, depth: int, colour: int, rows: bytes, *extra: bytes, data: bytes = b""
) -> bytes:
    """A PNG of one colour type; `rows` is one row without its filter byte, repeated. `data` overrides the pixels."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0))
    body = chunk(b"IDAT", data or zlib.compress((b"\0" + rows) * height))
    return b"\x89PNG\r\n\x1a\n" + header + b"".join(extra) + body + chunk(b"IEND", b"")


def png_chunks(content: bytes) -> list[bytes]:
    """The kinds of chunk in a PNG, in order, repeats included."""
    kinds, at = [], 8
    while at < len(content):
        length, kind = struct.unpack_from(">I4s", content, at)
        kinds.append(kind)
        at += 12 + length
    return kinds


def webp_chunks(content: bytes) -> list[bytes]:
    """The kinds of chunk in a WebP, in order."""
    kinds, at = [], 12
    while at < len(content):
        kind, length = struct.unpack_from("<4sI", content, at)
        kinds.append(kind)
        at += 8 + length + length % 2
    return kinds


def tiff(width: int, height: int, bits: int, pixels: bytes, **tags: int) -> bytes:
    """An uncompressed little-endian TIFF of one strip; `bits` per sample, three samples unless `photometric` is 1.

    Further `tags` by number, as `t50706=1`.
    """
    photometric = tags.pop("photometric", 2)
    samples = 1 if photometric in (0, 1, 32803) else 3
    entries = {
        256: width,
        257: height,
        259: 1,
        262: photometric,
        273: 8,
        277: samples,
        278: height,
        279: len(pixels),
    }
    entries |= {int(key[1:]): value for key, value in tags.items()}
    after = 8 + len(pixels)
    extra = struct.pack("<3H", bits, bits, bits)
    rows = [(number, 4, 1, value) for number, value in entries.items()]
    rows.append((258, 3, 3, after) if samples == 3 else (258, 3, 1, bits))
    directory = b"".join(struct.pack("<HHII", *row) for row in sorted(rows))
    ifd = struct.pack("<H", len(rows)) + directory + struct.pack("<I", 0)
    return b"II*\0" + struct.pack("<I", after + len(extra)) + pixels + extra + ifd


def _fixed(value: float) -> bytes:
    return struct.pack(">i", round(value * 65536))


def _xyz(values: tuple[float, float, float]) -> bytes:
    return b"XYZ \0\0\0\0" + b"".join(map(_fixed, values))


def _description(text: bytes) -> bytes:
    return b"desc\0\0\0\0" + struct.pack(">I", len(text) + 1) + text + b"\0" * 79


def _profile(space: bytes, kind: bytes, connection: bytes, tags: dict[bytes, bytes]) -> bytes:
    """An ICC profile, version 2.4 (ICC.1:2001-04)."""
    table, body = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for tag, data in tags.items():
        data += b"\0" * (-len(data) % 4)
        table += tag + struct.pack(">II", start + len(body), len(data))
        body += data
    header = struct.pack(
        ">I4sI4s4s4s12s4s", start + len(body), b"none", 0x02400000, kind, space, connection, b"", b"acsp"
    )
    header += b"\0" * 28 + b"".join(map(_fixed, ICC_D50))
    return header.ljust(128, b"\0") + table + body


def p3_profile() -> bytes:
    """Display P3: the primaries above and sRGB's curve."""
    curve = b"para\0\0\0\0" + struct.pack(">HH", 3, 0) + b"".join(map(_fixed, SRGB_CURVE))
    tags = {b"desc": _description(b"Display P3"), b"wtpt": _xyz(ICC_D50)}
    for name, column in zip("rgb", P3_COLUMNS, strict=True):
        tags |= {name.encode() + b"XYZ": _xyz(column), name.encode() + b"TRC": curve}
    return _profile(b"RGB ", b"mntr", b"XYZ ", tags)


def cmyk_profile() -> bytes:
    """A press whose cyan ink prints sRGB's red: a decoder that ignores the profile gives another colour."""
    white, red, black = bytes((255, 128, 128)), bytes((138, 209, 198)), bytes((0, 128, 128))
    corners = {0b0000: white, 0b1000: red}
    ramp = bytes(range(256))
    table = b"mft1\0\0\0\0" + bytes((4, 3, 2, 0)) + b"".join(map(_fixed, (1, 0, 0, 0, 1, 0, 0, 0, 1)))
    table += ramp * 4 + b"".join(corners.get(index, black) for index in range(16)) + ramp * 3
    tags = {b"desc": _description(b"Red cyan"), b"wtpt": _xyz(ICC_D50), b"A2B0": table, b"A2B1": table}
    return _profile(b"CMYK", b"prtr", b"Lab ", tags)


def rgb_profile(tags: dict[bytes, bytes]) -> bytes:
    """An RGB profile with further tags."""
    curve = b"para\0\0\0\0" + struct.pack(">HH", 3, 0) + b"".join(map(_fixed, SRGB_CURVE))
    known = {b"desc": _description(b"Other"), b"wtpt": _xyz(ICC_D50)}
    for name, column in zip("rgb", P3_COLUMNS, strict=True):
        known |= {name.encode() + b"XYZ": _xyz(column), name.encode() + b"TRC": curve}
    return _profile(b"RGB ", b"mntr", b"XYZ ", known | tags)
