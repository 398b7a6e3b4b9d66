"""How rows name what sources name, and how results are named."""

from __future__ import annotations

from hashlib import sha256

from creator.lib.file_names import fit_file_name


def key_of(*parts: str) -> str:
    """A digest of fixed length: what sources call a file can be too long for an index."""
    return sha256("\0".join(parts).encode()).hexdigest()


PICTURES = frozenset(["jpg", "jpeg", "jpe", "jfif", "png", "webp", "heic", "heif", "avif", "tif", "tiff"])
LIKE_PICTURES = frozenset(
    [
        "gif",
        "bmp",
        "svg",
        "psd",
        "jxl",
        "jp2",
        "raw",
        "dng",
        "cr2",
        "cr3",
        "crw",
        "nef",
        "nrw",
        "arw",
        "srf",
        "sr2",
        "orf",
        "rw2",
        "raf",
        "pef",
        "srw",
        "x3f",
        "3fr",
        "iiq",
        "dcr",
        "kdc",
        "mrw",
    ]
)
"""What people take for pictures and we cannot read: a note says so. All other files are left alone, untold."""


def extension_of(name: str) -> str:
    """The ending in small letters, without its dot; dots and spaces at the end of the name do not count."""
    stem, dot, ending = name.rstrip(". \t").rpartition(".")
    return ending.lower() if dot and stem else ""


def is_candidate(name: str) -> bool:
    """Whether a file of this name is read: one named like a picture, or one without an ending."""
    return is_named_like_picture(name) or not extension_of(name)


def is_named_like_picture(name: str) -> bool:
    """Whether its owner expects a picture to be made of it."""
    return extension_of(name) in PICTURES | LIKE_PICTURES


def stem_of(name: str) -> str:
    """The name without the ending of a picture: `IMG_2041` of `IMG_2041.JPG`."""
    bare = name.rstrip(". \t")
    if is_named_like_picture(name):
        bare = bare.rpartition(".")[0]
    return bare or "picture"


def numbered(name: str, number: int) -> str:
    """`IMG-cinematic-2.png` of `IMG-cinematic.png` and 2; 1 is the name itself."""
    if number == 1:
        return name
    stem, dot, ending = name.rpartition(".")
    if not dot:
        stem, ending = name, ""
    return fit_file_name(stem, f"-{number}{dot}{ending}")
