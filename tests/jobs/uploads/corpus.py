"""Files that people send: broken, hostile and odd ones, and ordinary ones that must be accepted.

The files are made at test time and never stored. Any code that accepts a picture can be tested with
`hostile_files`.
"""

import io
import zipfile
from collections.abc import Callable

from PIL import Image, PngImagePlugin

from jobs.uploads.unfit import SAVE_AGAIN, SEND_ANOTHER
from tests.jobs.uploads import pictures, raw_files
from tests.jobs.uploads.corpus_bombs import bombs
from tests.jobs.uploads.corpus_colours import colours
from tests.jobs.uploads.corpus_sizes import wrong_sizes
from tests.jobs.uploads.hostile_file import Accepted, HostileFile, Refused
from tests.jobs.uploads.pictures import RED, SIZE, encode, encode_all, flat, quadrants


def hostile_files() -> list[HostileFile]:
    """Return all files of the corpus; their names are unique."""
    return [
        *_not_pictures(),
        *_damaged(),
        *wrong_sizes(),
        *_several(),
        *_turned(),
        *colours(),
        *bombs(),
        *_ordinary(),
        *_noted(),
    ]


def _other(name: str, content: bytes, reason: str) -> HostileFile:
    return HostileFile(name, lambda: content, Refused("unsupported_image", f"{reason} {SEND_ANOTHER}"))


def _broken(
    name: str, make: Callable[[], bytes], reason: str = "is damaged and could not be read."
) -> HostileFile:
    return HostileFile(name, make, Refused("unsupported_image", f"{reason} {SAVE_AGAIN}"))


def _not_pictures() -> list[HostileFile]:
    svg = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    html = b"<!DOCTYPE html><html><script>alert(1)</script></html>"
    return [
        _other("empty.jpg", b"", "is empty."),
        _other("drawing.svg", svg, "is an SVG drawing."),
        _other("drawing.png", b"\xef\xbb\xbf  " + svg, "is an SVG drawing."),
        _other("page.jpg", html, "is a web page."),
        _other("gif-and-page.gif", b"GIF89a/*" + html + b"*/=1;", "is a GIF."),
        _other("letter.pdf", b"%PDF-1.7\n", "is a PDF document."),
        _other("notes.jpg", b"Dear customer", "is not a picture."),
        _other("zeros.jpg", b"\0" * 5000, "is not a picture."),
        _other("photos.zip", _zip(), "is a ZIP archive."),
        _other("tool.exe.png", b"MZ\x90\0" + b"\0" * 60, "is a program."),
        _other("tool.jpg", b"\x7fELF\x02\x01\x01", "is a program."),
        _other("script.jpg", b"#!/bin/sh\nreboot\n", "is a program."),
        _other("still.gif", encode(quadrants().quantize(), "GIF"), "is a GIF."),
        _other("scan.bmp", encode(quadrants(), "BMP"), "is a BMP picture."),
        _other("clip.mp4.jpg", b"\0\0\0\x18ftypisom\0\0\2\0isommp42", "is a video, not a picture."),
        _other("clip.mov.heic", b"\0\0\0\x14ftypqt  \0\0\2\0qt  ", "is a video, not a picture."),
        _other("shot.cr2", b"II*\0\x10\0\0\0CR\x02\0" + b"\0" * 40, "is a camera RAW file."),
        _other("shot.cr3", b"\0\0\0\x18ftypcrx \0\0\0\1crx isom", "is a camera RAW file."),
        _other("shot.raf", b"FUJIFILMCCD-RAW 0201", "is a camera RAW file."),
        _broken("shot.dng", lambda: raw_files.tiff(*SIZE, 8, bytes(9216), t50706=1), "is a camera RAW file."),
        _broken("shot.nef", lambda: raw_files.tiff(*SIZE, 8, bytes(9216), t254=1), "is a camera RAW file."),
        _other("../../etc/passwd", b"root:x:0:0", "is not a picture."),
        _other("two\nlines\u202egpj.exe\u0000", b"MZ", "is a program."),
        _other("x" * 300 + ".jpg", b"x", "is not a picture."),
    ]


def _zip() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("photo.jpg", b"x")
    return stream.getvalue()


def _damaged() -> list[HostileFile]:
    def cut(format: str, keep: float, **options: object) -> Callable[[], bytes]:
        content = encode(_busy(), format, **options)
        return lambda: content[: int(len(content) * keep)]

    short = "is cut short or damaged."
    return [
        _broken("cut.jpg", cut("JPEG", 0.6), short),
        _broken("cut-late.jpg", cut("JPEG", 0.99), short),
        _broken("cut-progressive.jpg", cut("JPEG", 0.6, progressive=True), short),
        _broken("cut-head.jpg", cut("JPEG", 0.01), short),
        _broken("cut.png", cut("PNG", 0.6), short),
        _broken("cut.webp", cut("WEBP", 0.6), short),
        _broken("cut.heic", cut("HEIF", 0.6), short),
        _broken("cut.avif", cut("AVIF", 0.6), short),
        _broken("cut.tiff", lambda: encode(_busy(), "TIFF")[:-9000], short),
        _broken("checksum.png", lambda: _flip(encode(_busy(), "PNG"), 0.5)),
        _broken("head-only.png", lambda: b"\x89PNG\r\n\x1a\n"),
    ]


def _busy() -> Image.Image:
    """Make noise: it compresses badly, so a cut of the file removes some pixels."""
    return Image.effect_noise((160, 120), 80).convert("RGB")


def _flip(content: bytes, where: float) -> bytes:
    at = int(len(content) * where)
    return content[:at] + bytes((content[at] ^ 255,)) + content[at + 1 :]


def _several() -> list[HostileFile]:
    three = pictures.frames()

    def refused(name: str, format: str, reason: str = "is animated.") -> HostileFile:
        return _other(name, encode_all(three, format), reason)

    return [
        refused("dance.gif", "GIF"),
        refused("dance.png", "PNG"),
        refused("dance.webp", "WEBP"),
        refused("dance.avif", "AVIF"),
        refused("fax.tiff", "TIFF", "has several pages."),
        HostileFile(
            "pair.jpg", lambda: encode_all([quadrants(), *three], "MPO"), Accepted("JPEG", tolerance=2)
        ),
    ]


def _turned() -> list[HostileFile]:
    jpegs = [
        HostileFile(
            f"exif-{turn}.jpg", lambda turn=turn: pictures.turned(turn, "JPEG"), Accepted("JPEG", tolerance=2)
        )
        for turn in range(2, 9)
    ]
    exact = {"lossless": True}
    return [
        *jpegs,
        HostileFile("exif-6.png", lambda: pictures.turned(6, "PNG"), Accepted("PNG")),
        HostileFile("exif-8.webp", lambda: pictures.turned(8, "WEBP", **exact), Accepted("WEBP")),
        HostileFile("exif-5.tiff", lambda: pictures.turned(5, "TIFF"), Accepted("TIFF")),
        HostileFile(
            "exif-6.heic", lambda: pictures.turned(6, "HEIF", quality=-1), Accepted("HEIF", tolerance=4)
        ),
        HostileFile(
            "exif-7.avif", lambda: pictures.turned(7, "AVIF", quality=95), Accepted("AVIF", tolerance=6)
        ),
    ]


def _ordinary() -> list[HostileFile]:
    jpeg = Accepted("JPEG", tolerance=2)
    page = b"<html><script>alert(1)</script></html>"
    return [
        HostileFile("photo.jpg", lambda: encode(quadrants(), "JPEG"), jpeg),
        HostileFile(
            "from-erased-memory.jpg", lambda: encode(quadrants(), "JPEG")[:-2] + b"\xff" * 500_000, jpeg
        ),
        HostileFile("really-a-jpeg.png", lambda: encode(quadrants(), "JPEG"), jpeg),
        HostileFile("no extension", lambda: encode(quadrants(), "JPEG", progressive=True), jpeg),
        HostileFile("photo-and-page.jpg", lambda: encode(quadrants(), "JPEG") + page, jpeg),
        HostileFile("photo-and-zip.png", lambda: encode(quadrants(), "PNG") + _zip(), Accepted("PNG")),
        HostileFile("Ünï çødé 😀 ‮.png", lambda: encode(quadrants(), "PNG"), Accepted("PNG")),
        HostileFile(
            "photo.heic", lambda: encode(quadrants(), "HEIF", quality=-1), Accepted("HEIF", tolerance=4)
        ),
        HostileFile(
            "photo.avif", lambda: encode(quadrants(), "AVIF", quality=95), Accepted("AVIF", tolerance=6)
        ),
        HostileFile("photo.webp", lambda: encode(quadrants(), "WEBP", lossless=True), Accepted("WEBP")),
        HostileFile(
            "photo.tiff", lambda: encode(quadrants(), "TIFF", compression="tiff_lzw"), Accepted("TIFF")
        ),
        HostileFile(
            "four-pixels.png",
            lambda: encode(flat("RGB", RED, (2, 2)), "PNG"),
            Accepted("PNG", (2, 2), pixels={(0, 0): RED}),
        ),
        HostileFile(
            "panorama.png",
            lambda: encode(flat("RGB", RED, (1200, 100)), "PNG"),
            Accepted("PNG", (1200, 100), pixels={(0, 0): RED}),
        ),
        HostileFile(
            "24-megapixels.png",
            lambda: raw_files.png(5_712, 4_284, 1, 0, bytes(714)),
            Accepted("PNG", (5_712, 4_284), pixels={(0, 0): (0, 0, 0)}),
        ),
    ]


def _noted() -> list[HostileFile]:
    kept = {"copyright": "© Zoë", "artist": "Zoë", "captured_at": "2026-05-01T12:30:00+02:00"}
    text = PngImagePlugin.PngInfo()
    text.add_itxt("Copyright", "© Noé\x07\n2026")
    text.add_text("prompt", "secret graph")
    xmp = b'<dc:rights><rdf:Alt><rdf:li xml:lang="x-default">&#169; X&amp;Y</rdf:li></rdf:Alt></dc:rights>'
    broken_exif = b"Exif\0\0II*\0\xff\xff\xff\x7f"
    return [
        HostileFile(
            "noted.jpg", lambda: pictures.annotated("JPEG"), Accepted("JPEG", tolerance=2, notices=kept)
        ),
        HostileFile("noted.png", lambda: pictures.annotated("PNG"), Accepted("PNG", notices=kept)),
        HostileFile("noted.tiff", lambda: pictures.annotated("TIFF"), Accepted("TIFF", notices=kept)),
        HostileFile(
            "noted.heic", lambda: pictures.annotated("HEIF"), Accepted("HEIF", tolerance=12, notices=kept)
        ),
        HostileFile(
            "text.png",
            lambda: encode(quadrants(), "PNG", pnginfo=text),
            Accepted("PNG", notices={"copyright": "© Noé 2026"}),
        ),
        HostileFile(
            "xmp.jpg",
            lambda: encode(quadrants(), "JPEG", xmp=xmp),
            Accepted("JPEG", tolerance=2, notices={"copyright": "© X&Y"}),
        ),
        HostileFile(
            "bad-exif.jpg",
            lambda: encode(quadrants(), "JPEG", exif=broken_exif),
            Accepted("JPEG", tolerance=2),
        ),
    ]
