"""A refusal says what a file is, and calls damaged only what is."""

import io

import pytest
from PIL import Image

from jobs.uploads.decoder import guard
from jobs.uploads.files.formats import identify
from jobs.uploads.picture import open_picture, read_picture
from jobs.uploads.unfit import Unfit
from tests.jobs.uploads.pictures import encode, quadrants

RAW, VIDEO, SOUND = "is a camera RAW file.", "is a video, not a picture.", "is a sound file, not a picture."
UNREAD = "stores its pixels in a way that we do not read."


def _media(brand: bytes, *others: bytes) -> bytes:
    content = b"ftyp" + brand + bytes(4) + b"".join(others)
    return (len(content) + 4).to_bytes(4) + content + bytes(40)


BY_HEAD = {
    "HEIF, low overhead": (_media(b"mif3", b"heic"), "is a HEIF picture of a kind that we do not read."),
    "HEIF with JPEG 2000": (_media(b"j2ki"), "is a HEIF picture of a kind that we do not read."),
    "HEIF with VVC": (_media(b"vvic", b"mif2"), "is a HEIF picture of a kind that we do not read."),
    "JPEG XL, bare": (b"\xff\x0a\xfa\x1f\x01", "is a JPEG XL picture."),
    "JPEG XL, boxed": (b"\0\0\0\x0cJXL \x0d\x0a\x87\x0a", "is a JPEG XL picture."),
    "JPEG 2000, bare": (b"\xff\x4f\xff\x51\0\x2f", "is a JPEG 2000 picture."),
    "JPEG 2000, boxed": (b"\0\0\0\x0cjP  \x0d\x0a\x87\x0a", "is a JPEG 2000 picture."),
    "JPEG XR": (b"II\xbc\x01\x20\0\0\0", "is a JPEG XR picture."),
    "Photoshop": (b"8BPS\0\1", "is a Photoshop document."),
    "large Photoshop": (b"8BPS\0\2", "is a Photoshop document."),
    "GIMP": (b"gimp xcf v011\0", "is a GIMP document."),
    "PDF": (b"%PDF-1.7", "is a PDF document."),
    "PostScript": (b"%!PS-Adobe-3.0 EPSF-3.0", "is a PostScript document."),
    "SVG": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "is an SVG drawing."),
    "Canon CR3": (_media(b"crx ", b"isom"), RAW),
    "Minolta": (b"\0MRM\0\0", RAW),
    "Sigma": (b"FOVb\0\0", RAW),
    "Panasonic": (b"IIU\0\x18", RAW),
    "OpenEXR": (b"v/1\x01\2\0\0\0", "is an OpenEXR picture."),
    "Radiance": (b"#?RADIANCE\nFORMAT", "is a Radiance HDR picture."),
    "Netpbm": (b"P6\n640 480\n255\n", "is a Netpbm picture."),
    "DICOM": (bytes(128) + b"DICM", "is a DICOM picture."),
    "video of a phone": (_media(b"qt  "), VIDEO),
    "video of a camera": (_media(b"XAVC", b"mp42"), VIDEO),
    "WebM": (b"\x1a\x45\xdf\xa3\x01", VIDEO),
    "AVI": (b"RIFF\x10\0\0\0AVI LIST", VIDEO),
    "song": (_media(b"M4A "), SOUND),
    "WAV": (b"RIFF\x10\0\0\0WAVEfmt ", SOUND),
    "MP3": (b"ID3\x04\0", SOUND),
    "unknown media": (_media(b"abcd"), "is in a format that we do not read."),
    "words": (b"Portable", "is not a picture."),
}


@pytest.mark.parametrize(("head", "reason"), BY_HEAD.values(), ids=BY_HEAD)
def test_other_files_are_called_what_they_are(head: bytes, reason: str) -> None:
    with pytest.raises(Unfit) as unfit:
        identify(head)
    assert unfit.value.reason == reason


def _heif(item: bytes) -> bytes:
    return encode(quadrants(), "HEIF").replace(b"hvc1", item)


def _with_frame(marker: int, bits: int) -> bytes:
    """A JPEG whose frame says that it is of another kind."""
    content = encode(quadrants(), "JPEG")
    at = content.index(b"\xff\xc0")
    return (
        content[: at + 1] + bytes((marker,)) + content[at + 2 : at + 4] + bytes((bits,)) + content[at + 5 :]
    )


def _sequence() -> bytes:
    return _media(b"msf1", b"hevc")[:20] + b"\0\0\0\x10moov" + bytes(8)


BY_CONTENT = {
    "HEIF with AVC": (_heif(b"avc1"), "HEIF", UNREAD),
    "HEIF with JPEG": (_heif(b"jpeg"), "HEIF", UNREAD),
    "HEIF, uncompressed": (_heif(b"unci"), "HEIF", UNREAD),
    "HEIF sequence": (_sequence(), "HEIF", "is animated."),
    "HEIF cut within its head": (_heif(b"hvc1")[:100], "HEIF", "is cut short or damaged."),
    "HEIF cut within its pixels": (_heif(b"hvc1")[:-20], "HEIF", "is cut short or damaged."),
    "AVIF cut within its pixels": (encode(quadrants(), "AVIF")[:-20], "AVIF", "is cut short or damaged."),
    "AVIF animated": (
        encode(quadrants(), "AVIF", save_all=True, append_images=[quadrants().rotate(180)]), "AVIF", "is animated.",
    ),
    "JPEG of 12 bits": (_with_frame(0xC1, 12), "JPEG", UNREAD),
    "JPEG, lossless": (_with_frame(0xC3, 8), "JPEG", UNREAD),
    "JPEG-LS": (_with_frame(0xF7, 8), "JPEG", UNREAD),
    "JPEG of rubbish": (b"\xff\xd8\xff" + bytes(500), "JPEG", "is damaged and could not be read."),
}  # fmt: skip


@pytest.mark.parametrize(("content", "kind", "reason"), BY_CONTENT.values(), ids=BY_CONTENT)
def test_only_what_is_damaged_is_called_so(content: bytes, kind: str, reason: str) -> None:
    with pytest.raises(Unfit) as unfit:
        guard(lambda: read_picture(open_picture(io.BytesIO(content), kind)))
    assert unfit.value.reason == reason


@pytest.mark.parametrize("kind", ["AVIF", "HEIF", "WEBP", "JPEG"])
def test_broken_exif_is_dropped(kind: str) -> None:
    exif = Image.Exif()
    exif[0x013B] = "Zoë" * 20
    whole = encode(quadrants(), kind, exif=exif.tobytes())
    at = whole.index(exif.tobytes().removeprefix(b"Exif\0\0"))
    broken = whole[:at] + b"\xff" * 12 + whole[at + 12 :]
    picture, notices = read_picture(open_picture(io.BytesIO(broken), kind))
    assert notices == {}
    assert picture.tobytes() == read_picture(open_picture(io.BytesIO(whole), kind))[0].tobytes()
