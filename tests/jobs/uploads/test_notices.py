"""Where notices are read from, and which source wins."""

import io
import struct

import pytest
from PIL import Image, PngImagePlugin

from jobs.uploads.derivatives import exif_block
from jobs.uploads.metadata.notices import read_notices
from jobs.uploads.picture import open_picture, read_picture
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
    expected = {"artist": "Zoë", "copyright": "(c) Z", "captured_at": "2026-05-01T12:30:00+02:00"}
    assert read_notices(_opened(jpeg[:2] + segment + jpeg[2:])) == expected


@pytest.mark.parametrize(
    ("day", "time", "moment"),
    [
        (b"20260501", b"123000-0330", "2026-05-01T12:30:00-03:30"),
        (b"20260501", b"123000", "2026-05-01T12:30:00"),
        (b"20260501", b"noon", "2026-05-01T00:00:00"),
        (b"2026-05-01", b"12:30:00Z", "2026-05-01T12:30:00+00:00"),
    ],
)
def test_the_date_of_iptc(day: bytes, time: bytes, moment: str) -> None:
    jpeg = encode(quadrants(), "JPEG")
    segment = _iptc({55: day, 60: time})
    assert read_notices(_opened(jpeg[:2] + segment + jpeg[2:])) == {"captured_at": moment}


def test_exif_wins_over_iptc_and_gaps_are_filled() -> None:
    exif = Image.Exif()
    exif[0x8298] = "mine"
    jpeg = encode(quadrants(), "JPEG", exif=exif)
    segment = _iptc({80: b"Z", 116: b"other"})
    assert read_notices(_opened(jpeg[:2] + segment + jpeg[2:])) == {"copyright": "mine", "artist": "Z"}


RDF = """<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:photoshop="http://ns.adobe.com/photoshop/1.0/"
 xmlns:e="http://ns.adobe.com/exif/1.0/" {attributes}>{elements}</rdf:Description></rdf:RDF></x:xmpmeta>"""

MOMENTS = {
    "exif attribute": ("exif:DateTimeOriginal='2023-05-01T12:30:00+02:00'", "", "2023-05-01T12:30:00+02:00"),
    "exif element": ("", "<exif:DateTimeOriginal>2023-05-01T12:30:00Z</exif:DateTimeOriginal>", "2023-05-01T12:30:00+00:00"),
    "no seconds": ('photoshop:DateCreated="2023-05-01T12:30-05:00"', "", "2023-05-01T12:30:00-05:00"),
    "fractions": ("", "<photoshop:DateCreated>2023-05-01T12:30:00.75</photoshop:DateCreated>", "2023-05-01T12:30:00"),
    "a day": ('photoshop:DateCreated="2023-05-01"', "", "2023-05-01T00:00:00"),
    "xmp attribute": ('xmp:CreateDate = "2023-05-01T12:30:00+0200"', "", "2023-05-01T12:30:00+02:00"),
    "as EXIF writes it": ('exif:DateTimeOriginal="2023:05:01 12:30:00"', "", "2023-05-01T12:30:00"),
    "the camera's before the editor's": (
        'xmp:CreateDate="2024-01-01T00:00:00" exif:DateTimeOriginal="2023-05-01T12:30:00"', "", "2023-05-01T12:30:00",
    ),
    "the next if one is none": ('exif:DateTimeOriginal="2023" xmp:CreateDate="2023-05-01"', "", "2023-05-01T00:00:00"),
}  # fmt: skip


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF", "HEIF"])
def test_the_date_of_xmp_in_every_format(format: str) -> None:
    packet = RDF.format(attributes='exif:DateTimeOriginal="2023-05-01T12:30:00+02:00"', elements="").encode()
    if format == "PNG":
        text = PngImagePlugin.PngInfo()
        text.add_itxt("XML:com.adobe.xmp", packet.decode())
        content = encode(quadrants(), "PNG", pnginfo=text)
    elif format == "TIFF":
        content = encode(quadrants(), "TIFF", tiffinfo={700: packet})
    else:
        content = encode(quadrants(), format, xmp=packet)
    _, notices = read_picture(open_picture(io.BytesIO(content), format))
    assert notices == {"captured_at": "2023-05-01T12:30:00+02:00"}


@pytest.mark.parametrize(("attributes", "elements", "moment"), MOMENTS.values(), ids=MOMENTS)
def test_dates_of_xmp(attributes: str, elements: str, moment: str) -> None:
    packet = RDF.format(attributes=attributes, elements=elements).encode()
    assert read_notices(_opened(encode(quadrants(), "JPEG", xmp=packet))) == {"captured_at": moment}


NAMES = {
    "three creators": (
        "<dc:creator><rdf:Seq><rdf:li>Zoë</rdf:li><rdf:li>Li &amp; Co</rdf:li>\n<rdf:li>山田\u3000太郎</rdf:li></rdf:Seq></dc:creator>",
        {"artist": "Zoë; Li & Co; 山田\u3000太郎"},
    ),
    "rights in two languages": (
        '<dc:rights><rdf:Alt><rdf:li xml:lang="x-default">© 𞤀𞤣</rdf:li><rdf:li xml:lang="de">anders</rdf:li></rdf:Alt></dc:rights>',
        {"copyright": "© 𞤀𞤣"},
    ),
    "a plain creator": ("<dc:creator>Zoë</dc:creator>", {"artist": "Zoë"}),
    "empty items": ("<dc:creator><rdf:Seq><rdf:li/><rdf:li> </rdf:li></rdf:Seq></dc:creator>", {}),
}


@pytest.mark.parametrize(("elements", "notices"), NAMES.values(), ids=NAMES)
def test_names_of_xmp(elements: str, notices: dict[str, str]) -> None:
    packet = RDF.format(attributes="", elements=elements).encode()
    assert read_notices(_opened(encode(quadrants(), "JPEG", xmp=packet))) == notices


def test_another_prefix_of_the_same_namespace() -> None:
    packet = b'<rdf:D xmlns:x1="http://ns.adobe.com/exif/1.0/" x1:DateTimeOriginal="2023-05-01T12:30:00"/>'
    assert read_notices(_opened(encode(quadrants(), "JPEG", xmp=packet))) == {
        "captured_at": "2023-05-01T12:30:00"
    }


def test_all_by_lines_and_artists_are_kept() -> None:
    jpeg = encode(quadrants(), "JPEG")
    twice = b"".join(struct.pack(">BBBH", 0x1C, 2, 80, 3) + name for name in (b"Zoe", b"Tom"))
    resource = b"8BIM\x04\x04\0\0" + struct.pack(">I", len(twice)) + twice
    body = b"Photoshop 3.0\0" + resource
    segment = b"\xff\xed" + struct.pack(">H", len(body) + 2) + body
    assert read_notices(_opened(jpeg[:2] + segment + jpeg[2:])) == {"artist": "Zoe; Tom"}
    exif = Image.Exif()
    exif[0x013B] = b"Zoe\0Tom"
    assert read_notices(_opened(encode(quadrants(), "JPEG", exif=exif))) == {"artist": "Zoe; Tom"}


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
        {"copyright": "© 👩\u200d🎨 Studio", "artist": "ශ\u0dca\u200dරී; 山田\u3000太郎"},
        {},
    ],
)
def test_what_we_write_we_read_back(notices: dict[str, str]) -> None:
    block = exif_block(notices)
    content = encode(quadrants(), "JPEG", exif=b"Exif\0\0" + block) if block else encode(quadrants(), "JPEG")
    assert read_notices(_opened(content)) == notices
