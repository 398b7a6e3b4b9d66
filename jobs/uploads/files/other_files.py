"""Says what a file is that is not taken, by its first bytes. A wrong name is worse than none."""

import re

_RAW, _VIDEO, _SOUND = (
    "is a camera RAW file.",
    "is a video, not a picture.",
    "is a sound file, not a picture.",
)
_ARCHIVE, _PROGRAM = "is a compressed archive.", "is a program."
_JPEG_2000, _NO_PICTURE = "is a JPEG 2000 picture.", "is not a picture."

# (prefix, what the file is). A longer prefix comes before a shorter one that it starts with.
_PREFIXES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "is a PDF document."),
    (b"%!PS", "is a PostScript document."),
    (b"\xc5\xd0\xd3\xc6", "is a PostScript document."),
    (b"FUJIFILMCCD-RAW", _RAW),
    (b"IIRO", _RAW),
    (b"IIRS", _RAW),
    (b"MMOR", _RAW),
    (b"IIU\0", _RAW),
    (b"II\x1a\0\0\0HEAP", _RAW),
    (b"\0MRM", _RAW),
    (b"FOVb", _RAW),
    (b"8BPS", "is a Photoshop document."),
    (b"gimp xcf", "is a GIMP document."),
    (b"\xff\x0a", "is a JPEG XL picture."),
    (b"\0\0\0\x0cJXL ", "is a JPEG XL picture."),
    (b"\0\0\0\x0cjP  ", _JPEG_2000),
    (b"\xff\x4f\xff\x51", _JPEG_2000),
    (b"II\xbc\x01", "is a JPEG XR picture."),
    (b"BM", "is a BMP picture."),
    (b"\0\0\1\0", "is an icon."),
    (b"v/1\x01", "is an OpenEXR picture."),
    (b"#?RADIANCE", "is a Radiance HDR picture."),
    (b"#?RGBE", "is a Radiance HDR picture."),
    (b"qoif", "is a QOI picture."),
    (b"DDS ", "is a DDS texture."),
    (b"SIMPLE  =", "is a FITS picture."),
    (b"\x8aMNG", "is animated."),
    (b"PK\x03\x04", "is a ZIP archive."),
    (b"\x1f\x8b", _ARCHIVE),
    (b"BZh", _ARCHIVE),
    (b"\xfd7zXZ\0", _ARCHIVE),
    (b"\x28\xb5\x2f\xfd", _ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", _ARCHIVE),
    (b"Rar!", _ARCHIVE),
    (b"\x7fELF", _PROGRAM),
    (b"MZ", _PROGRAM),
    (b"#!", _PROGRAM),
    (b"\x1a\x45\xdf\xa3", _VIDEO),
    (b"\0\0\1\xba", _VIDEO),
    (b"FLV\1", _VIDEO),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", _VIDEO),
    (b"ID3", _SOUND),
    (b"OggS", _SOUND),
    (b"fLaC", _SOUND),
    (b"{\\rtf", "is a text document."),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "is an Office document."),
)
_RIFF = {b"AVI ": _VIDEO, b"WAVE": _SOUND, b"WEBP": _NO_PICTURE}
_NETPBM = re.compile(rb"P[1-7fF]\s[\d\s#]")
_VIDEO_BRANDS = re.compile(
    rb"iso[\dm]|mp4\d|mp7\d|avc1|qt  |3g[p2e].|M4V.|MSNV|mmp4|f4v |dash|XAVC|NDS.|hvt1"
)
_SOUND_BRANDS = re.compile(rb"M4[ABP] ")
_HEIF_BRANDS = re.compile(rb"mif\d|msf\d|miaf|avci|avcs|j2ki|j2is|jpeg|jpgs|vvic|vvis|evbi|evbs|unif|heo.")


def describe(head: bytes) -> str:
    """Returns what a file is that starts with `head`, to follow the file's name in a sentence."""
    if head.startswith((b"GIF87a", b"GIF89a")):
        return _describe_gif(head)
    for prefix, reason in _PREFIXES:
        if head.startswith(prefix):
            return reason
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12], _NO_PICTURE)
    if head[128:132] == b"DICM":
        return "is a DICOM picture."
    if _NETPBM.match(head):
        return "is a Netpbm picture."
    return _describe_text(head)


def describe_iso_media(brand: bytes) -> str:
    """Returns what a file of the family of MP4 is (ISO/IEC 14496-12), by its major brand."""
    if brand == b"crx ":
        return _RAW
    if _HEIF_BRANDS.fullmatch(brand):
        return "is a HEIF picture of a kind that we do not read."
    if _SOUND_BRANDS.fullmatch(brand):
        return _SOUND
    return _VIDEO if _VIDEO_BRANDS.fullmatch(brand) else "is in a format that we do not read."


def _describe_text(head: bytes) -> str:
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith(b"<") and b"<svg" in text:
        return "is an SVG drawing."
    if text.startswith((b"<!doctype html", b"<html", b"<head", b"<script", b"<body")):
        return "is a web page."
    return _NO_PICTURE


def _describe_gif(head: bytes) -> str:
    # A graphic control extension precedes each frame of an animation; NETSCAPE2.0 marks a loop.
    frames = head.count(b"\x21\xf9\x04")
    return "is animated." if frames > 1 or b"NETSCAPE2.0" in head else "is a GIF."
