"""Names and notices are untrusted text and are cleaned."""

import pytest

from jobs.uploads.metadata.notices import clean_notices
from jobs.uploads.metadata.text import clean_text, display_name

NAMES = {
    "IMG_1.gif": "IMG_1.gif",
    "../../etc/passwd": "passwd",
    "C:\\Users\\me\\photo.jpg": "photo.jpg",
    "a\x00b\x1b[31m\nc.jpg": "ab[31m c.jpg",
    "gpj.\u202eexe": "gpj.exe",
    "x\u2066y\u2069\u200f.jpg": "xy\u200f.jpg",
    "\ud800.jpg": ".jpg",
    "": "The file",
    "\u200b\n\u3000": "The file",
    "\uf8ff": "\uf8ff",
    "x" * 90 + ".jpg": "x" * 39 + "…" + "x" * 36 + ".jpg",
}


@pytest.mark.parametrize(("name", "shown"), NAMES.items(), ids=[ascii(name)[:20] for name in NAMES])
def test_shown_name(name: str, shown: str) -> None:
    assert display_name(name) == shown


LETTERS = {
    "zero-width joiner, Sinhala": "\u0dc1\u0dca\u200d\u0dbb\u0dd3 \u0dbd\u0d82\u0d9a\u0dcf",
    "zero-width joiner, emoji": "\U0001f469\u200d\U0001f3a8 Studio",
    "zero-width non-joiner, Persian": "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
    "tags: the flag of Scotland": "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
    "emoji newer than the Unicode table": "\U0001fae8 \U0001fadc Shake",
    "letters newer than the Unicode table": "\U00010d4a\U00010d4b",
    "combining marks, decomposed": "Zoe\u0308 Nguye\u0302\u0303n",
    "compatibility kanji": "\ufa19\u8c37 \u795e\u8c37",
    "variation selector": "\u8fbb\U000e0100 \u2764\ufe0f",
    "right to left, with marks": "\u200f\u05d3\u05df\u200e (c)",
    "Arabic letter mark": "\u0639\u061c-1",
    "ideographic space": "\u5c71\u7530\u3000\u592a\u90ce",
    "two spaces and a hard one": "a  b\u00a0c",
    "private character": "\uf8ff Studio",
    "soft hyphen and word joiner": "Foto\u00adgraf\u2060in",
}


@pytest.mark.parametrize("text", LETTERS.values(), ids=LETTERS)
def test_letters_of_any_script_stay_as_they_are(text: str) -> None:
    assert clean_text(text, limit=100) == text
    assert clean_notices({"artist": text, "copyright": text}) == {"artist": text, "copyright": text}
    assert display_name(f"{text}.jpg") == f"{text}.jpg"


WHOLE = {
    "combining mark": ("abe\u0301", 3, "ab"),
    "joined emoji": ("ab\U0001f469\u200d\U0001f3a8", 4, "ab"),
    "joiner": ("ab\U0001f469\u200d\U0001f3a8", 3, "ab"),
    "skin tone": ("ab\U0001f44b\U0001f3fd", 3, "ab"),
    "second flag": ("\U0001f1e8\U0001f1ed\U0001f1e9\U0001f1ea", 3, "\U0001f1e8\U0001f1ed"),
    "first flag whole": ("\U0001f1e8\U0001f1ed\U0001f1e9\U0001f1ea", 2, "\U0001f1e8\U0001f1ed"),
    "tags": ("ab\U0001f3f4\U000e0067\U000e007f", 4, "ab"),
}


@pytest.mark.parametrize(("text", "limit", "cut"), WHOLE.values(), ids=WHOLE)
def test_a_cut_leaves_no_half_letter(text: str, limit: int, cut: str) -> None:
    assert clean_text(text, limit=limit) == cut


def test_a_long_name_is_cut_between_letters() -> None:
    family = "\U0001f469\u200d\U0001f467"
    assert display_name(family * 40) == f"{family * 13}…{family * 13}"


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
    assert clean_notices({"captured_at": moment, "artist": "x" * 999}) == {"artist": "x" * 500}
