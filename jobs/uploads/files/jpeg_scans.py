"""Counts the parts of a JPEG, and finds where its pixels end and whether all scans are there. Without Pillow.

Source: ITU-T T.81, annexes B (markers) and G (progressive mode).
"""

import re
from dataclasses import dataclass, field

from jobs.uploads.unfit import too_many_parts

_MARKER = re.compile(rb"\xff([^\x00\xff\xd0-\xd7])")
"""Any marker but RST: within compressed pixels FF is followed by 00 or by the number of a restart."""
_VIDEO = re.compile(rb"ftyp(?:isom|iso\d|mp4\d|avc1|qt  |3gp.|MSNV|M4V )", re.DOTALL)
"""In the head of a video that a phone appends to its photo."""
_START_OF_FRAME = {*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC}  # F7 is of JPEG-LS
_PROGRESSIVE = {0xC2, 0xC6, 0xCA, 0xCE}
_SOI, _EOI, _SOS = 0xD8, 0xD9, 0xDA
_PRECISION = 16
_LEAST = 0xC0
"""Markers below it have no length: FF 01 (TEM), and reserved ones at which libjpeg stops or which it skips."""

_MOST_SCANS = 100
"""A decoder goes through the whole picture for each scan, however few bytes that has. Encoders write up to 64;
Skia (SkJpegCodec) and libtiff, within Pillow, stop at 100 as well."""
_MOST_SEGMENTS = 1000
"""So many segments of 64 KiB are more than any plan's file."""
_MOST_PADDING = 65_536
"""Bytes between segments, which Pillow reads one by one."""
_MOST_CHANNELS = 4
_MOST_BLOCKS = 1000


@dataclass(slots=True)
class JpegScans:
    """The scans of a picture.

    `end` is the offset after the compressed pixels of the last one; bytes of FF that only fill space behind
    them are no pixels. `is_closed`: EOI follows there. `missing` maps (channel, coefficient) to how many low
    bits of it are still to come; a sequential scan brings all coefficients, which count as one. `process` is
    the marker of the frame, `bits` those of a sample.
    """

    end: int = 0
    is_closed: bool = False
    missing: dict[tuple[int, int], int] = field(default_factory=dict)
    process: int | None = None
    bits: int = 8

    @property
    def are_all_there(self) -> bool:
        return bool(self.missing) and not any(self.missing.values())


def check_parts(content: bytes) -> None:
    """Raises Unfit if the picture has more scans, segments or padding than encoders write: all take time."""
    at, scans, segments, padding, marker = 2, 0, 0, 0, _SOI
    while match := _MARKER.search(content, at):
        padding += match.start() - at if marker != _SOS else 0
        marker, at = match[1][0], match.end()
        if marker in (_SOI, _EOI):
            return
        if marker >= _LEAST:
            at += max(2, int.from_bytes(content[at : at + 2]))
            segments += 1
            scans += marker == _SOS
        if scans > _MOST_SCANS or segments > _MOST_SEGMENTS or padding > _MOST_PADDING:
            raise too_many_parts()


def read_scans(content: bytes) -> JpegScans:
    """Reads the markers of the first picture in `content` up to EOI or, if it is not there, its last scan.

    Pixels without EOI end with the file, at the next marker, or where a video or Samsung's trailer begins.
    """
    scans, at, most, in_scan = JpegScans(), 2, _find_trailer(content), False
    while True:
        match = _MARKER.search(content, at, most)
        if in_scan:
            pixels = content[at : match.start() if match else most]
            scans.end = at + len(pixels.rstrip(b"\xff"))
        marker = match[1][0] if match else _SOI
        if match is None or marker in (_SOI, _EOI) or (in_scan and scans.are_all_there):
            scans.is_closed = marker == _EOI
            return scans
        start = match.end() + 2
        at = match.end() + int.from_bytes(content[match.end() : start])
        in_scan = marker == _SOS
        if at <= most:
            _note_segment(scans, marker, content[start:at])


def _note_segment(scans: JpegScans, marker: int, body: bytes) -> None:
    if marker in _START_OF_FRAME:
        scans.process, scans.bits = marker, body[0]
        coefficients = range(64) if marker in _PROGRESSIVE else range(1)
        channels = body[6 : 6 + 3 * _MOST_CHANNELS : 3]
        scans.missing = {(channel, k): _PRECISION for channel in channels for k in coefficients}
    elif marker == _SOS:
        count = body[0]
        first, last, bits = body[1 + 2 * count : 4 + 2 * count]
        for channel in body[1 : 1 + 2 * count : 2]:
            for k in range(first, last + 1):
                if (channel, k) in scans.missing:
                    scans.missing[channel, k] = bits & 15


def _find_trailer(content: bytes) -> int:
    """Returns where a video or Samsung's trailer begins, or the length of the file."""
    video = _VIDEO.search(content)
    starts = [video.start() - 4] if video else []
    directory = content.rfind(b"SEFH")
    if content.endswith(b"SEFT") and directory > 0:
        # Entries of 12 bytes after a head of 12; each says how far before the directory its block begins.
        entries = range(directory + 12, len(content) - 8, 12)[:_MOST_BLOCKS]
        back = [int.from_bytes(content[at + 4 : at + 8], "little") for at in entries]
        block = directory - max(back, default=0)
        starts.append(
            content.rfind(b"\0\0", max(0, block - 4), block + 2)
        )  # how a block begins; offsets may be a little short
    return min([start for start in starts if start > 0], default=len(content))
