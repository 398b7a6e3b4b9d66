"""Names that a source leaves out: hidden files, and files that programs keep only while they write."""

from __future__ import annotations

HIDDEN = (".", "~$", "~syncthing~")
"""How they begin. A leading dot also covers `._x` of macOS, `.~lock.x#`, `.syncthing.x.tmp` and rsync's `.x.Ab12cd`."""
UNFINISHED = (
    "~",
    ".part",
    ".partial",
    ".filepart",
    ".crdownload",
    ".opdownload",
    ".download",
    ".tmp",
    ".temp",
)
"""How they end."""
LITTER = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r"})


def is_left_out(name: str) -> bool:
    """Whether no look finds a file of this name."""
    plain = name.casefold()
    return plain.startswith(HIDDEN) or plain.endswith(UNFINISHED) or plain in LITTER
