"""Names that people's files have."""

from __future__ import annotations

import pytest

from tests.drive.sources.harness import Harness

ODD_NAMES = {
    "emoji": "🏝️ holiday 👩‍👩‍👧.jpg",
    "right to left": "תמונה של הים.jpg",
    "255 bytes": "é" * 125 + ".jpeg",
    "trailing dots": "photo.jpg...",
    "trailing space": "photo.jpg ",
    "leading space": " photo.jpg",
    "newline": "photo\nof the sea.jpg",
    "percent": "100%25 sea%2F..%2Fsea.jpg",
    "quotes": '"it\'s" <sea> & `sky`; $HOME.jpg',
    "backslash": "sea\\sky.jpg",
    "decomposed": "cafe\u0301.jpg",
    "plus": "sea+sky?x=1#2.jpg",
    "no extension": "photo",
}


def name_there(harness: Harness, odd: str) -> str:
    """The name that is odd in that way, if the place knows such names."""
    if odd in harness.refused_names:
        pytest.skip("no file can have this name there")
    return ODD_NAMES[odd]
