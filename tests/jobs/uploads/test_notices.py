"""Where notices are read from, and which source wins."""

import io
import struct

import pytest
from PIL import Image

from jobs.uploads.derivatives import exif_block
from jobs.uploads.notices import read_notices
from tests.jobs.uploads.pictures import encode, quadrants


def _opened(content: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(content), formats=["JPEG", "PNG"])
    image.load()
    return image


def _iptc(records: dict[int, bytes]) -> bytes:
    """An application segment with IPTC-IIM records, as Photoshop writes it."""
    data = b"".join(struct.pack(">BBBH", 0x1C, 2, kind, len(text)) + text for kind, text in records.items())
    resource = b"8BIM\x04\x04\0\0" + struct.pack(">I", len(data)) + data + b"\0" * (len(data) % 2)
    body = b"Photoshop 3.0\0" + resource
    return b"\xff\xed" + struct.pack(">H", len(body) + 2) + body


def test_iptc() -> None:
    segment = _iptc({55: b"20260501", 60: b"123000+0200", 80: "Zoë".encode(), 116: b"(c) Z"})
    jpeg = encode(quadrants(), "JPEG")
    expected = {"artist": "Zoë", "copyright": "(c) Z", "captured_at": "2026-05-01T12:30:00"}
    assert read_notices(_opened(jpeg[:2] + segment + jpeg[2:])) == expected


def test_exif_wins_over_iptc_and_gaps_are_filled() -> None:
    exif = Image.Exif()
    exif[0x8298] = "mine"
    jpeg = encode(quadrants(), "JPEG", exif=exif)
    segment = _iptc({80: b"Z", 116: b"other"})
    assert read_notices(_opened(jpeg[:2] + segment + jpeg[2:])) == {"copyright": "mine", "artist": "Z"}


def test_latin_1_is_read_where_it_is_no_utf_8() -> None:
    exif = Image.Exif()
    exif[0x013B] = "Zoë".encode("latin-1")
    assert read_notices(_opened(encode(quadrants(), "JPEG", exif=exif))) == {"artist": "Zoë"}


def test_two_holders_are_one_line() -> None:
    exif = Image.Exif()
    exif[0x8298] = b"Photographer\0Editor"
    assert read_notices(_opened(encode(quadrants(), "JPEG", exif=exif))) == {
        "copyright": "Photographer Editor"
    }


@pytest.mark.parametrize(
    "notices",
    [
        {"copyright": "© Zoë"},
        {"artist": "Zoë", "captured_at": "2026-05-01T12:30:00"},
        {"copyright": "c", "artist": "a", "captured_at": "2026-05-01T12:30:00+02:00"},
        {},
    ],
)
def test_what_we_write_we_read_back(notices: dict[str, str]) -> None:
    block = exif_block(notices)
    content = encode(quadrants(), "JPEG", exif=b"Exif\0\0" + block) if block else encode(quadrants(), "JPEG")
    assert read_notices(_opened(content)) == notices
