"""Names and notices are untrusted text and are cleaned."""

import pytest

from jobs.uploads.notices import clean_notices
from jobs.uploads.unfit import clean_text, display_name

NAMES = {
    "IMG_1.gif": "IMG_1.gif",
    "../../etc/passwd": "passwd",
    "C:\\Users\\me\\photo.jpg": "photo.jpg",
    "a\x00b\x1b[31m\nc.jpg": "ab[31m c.jpg",
    "gpj.\u202eexe": "gpj.exe",
    "cafe\u0301.jpg": "café.jpg",
    "\ud800.jpg": ".jpg",
    "": "The file",
    "\u200b\n": "The file",
    "x" * 90 + ".jpg": "x" * 39 + "…" + "x" * 36 + ".jpg",
}


@pytest.mark.parametrize(("name", "shown"), NAMES.items(), ids=[ascii(name)[:20] for name in NAMES])
def test_shown_name(name: str, shown: str) -> None:
    assert display_name(name) == shown


def test_clean_text_is_cut() -> None:
    assert clean_text("a \t b" * 1000, limit=5) == "a ba"


def test_clean_kept_takes_only_what_it_knows() -> None:
    dirty = {
        "copyright": "©\x07 me\n2026",
        "artist": " ",
        "captured_at": "2026-05-01 12:30:00+02:00",
        "gps": "47,8",
    }
    assert clean_notices(dirty) == {"copyright": "© me 2026", "captured_at": "2026-05-01T12:30:00+02:00"}


@pytest.mark.parametrize("moment", ["0000:00:00 00:00:00", "yesterday", None, 5, "2026-13-01"])
def test_clean_kept_drops_what_is_no_date(moment: object) -> None:
    assert clean_notices({"captured_at": moment, "artist": "x" * 999}) == {"artist": "x" * 200}
