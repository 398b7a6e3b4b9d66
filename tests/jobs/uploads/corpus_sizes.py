"""Files that are too large, and pictures that are too large, too small or too long."""

import struct
from collections.abc import Callable

from tests.jobs.uploads import raw_files
from tests.jobs.uploads.hostile_file import MAX_BYTES, HostileFile, Refused
from tests.jobs.uploads.pictures import RED, encode, flat, quadrants


def wrong_sizes() -> list[HostileFile]:
    return [*_too_large(), *_too_small()]


def _too_large() -> list[HostileFile]:
    at_most = "Send at most 24 megapixels."

    def huge(
        name: str, make: Callable[[], bytes], words: str = "900 megapixels (30,000 × 30,000)"
    ) -> HostileFile:
        return HostileFile(name, make, Refused("image_too_large", f"has {words}. {at_most}"))

    heavy = Refused("body_too_large", "is larger than 40 MB. Send a file of at most 40 MB.")
    long = Refused("image_too_large", "is 30,000 pixels long on one side. Send at most 20,000.")
    return [
        HostileFile("200-megabytes.jpg", lambda: b"\xff\xd8\xff", heavy, sparse_bytes=200 * 1024**2),
        HostileFile("one-byte-over.png", lambda: b"", heavy, sparse_bytes=MAX_BYTES + 1),
        huge("header.png", lambda: raw_files.png(30_000, 30_000, 8, 2, b"", data=b"x")),
        huge("header.jpg", lambda: _declare_jpeg(30_000, 30_000)),
        huge("header.tiff", lambda: raw_files.tiff(30_000, 30_000, 8, bytes(64))),
        huge("header.webp", _declare_webp, "225 megapixels (15,000 × 15,000)"),
        huge(
            "bomb.png",
            lambda: raw_files.png(12_000, 12_000, 1, 0, bytes(1500)),
            "144 megapixels (12,000 × 12,000)",
        ),
        HostileFile("long.png", lambda: raw_files.png(30_000, 1, 1, 0, bytes(3750)), long),
        huge(
            "just-over.png",
            lambda: raw_files.png(5_801, 4_351, 1, 0, bytes(726)),
            "25.2 megapixels (5,801 × 4,351)",
        ),
    ]


def _too_small() -> list[HostileFile]:
    def dot(name: str, size: tuple[int, int], reason: str, advice: str) -> HostileFile:
        refusal = Refused("unsupported_image", f"{reason} {advice}")
        return HostileFile(name, lambda: encode(flat("RGB", RED, size), "PNG"), refusal)

    sides = "Send a picture of at least 2 pixels on each side."
    ratio = "Send a picture whose longer side is at most 12 times its shorter side."
    return [
        dot("dot.png", (1, 1), "is only 1 × 1 pixels large.", sides),
        dot("two-dots.png", (2, 1), "is only 2 × 1 pixels large.", sides),
        dot("line.png", (1, 700), "is only 1 × 700 pixels large.", sides),
        dot("ribbon.png", (1201, 100), "is too long and narrow (1,201 × 100 pixels).", ratio),
        dot("banner.png", (3, 37), "is too long and narrow (3 × 37 pixels).", ratio),
    ]


def _declare_jpeg(width: int, height: int) -> bytes:
    content = encode(quadrants(), "JPEG")
    at = content.index(b"\xff\xc0") + 5
    return content[:at] + struct.pack(">HH", height, width) + content[at + 4 :]


def _declare_webp() -> bytes:
    canvas = (14_999).to_bytes(3, "little")
    body = b"WEBPVP8X\x0a\0\0\0\0\0\0\0" + canvas * 2 + encode(quadrants(), "WEBP")[12:]
    return b"RIFF" + struct.pack("<I", len(body)) + body
