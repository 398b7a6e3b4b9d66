"""File names: read from bytes in an unknown encoding, and fitted to a file system."""

from __future__ import annotations

import os
import re
import unicodedata

FIRST_OF_LEVEL_2 = 0xA0
"""JIS X 0208 puts common kanji, kana and symbols below this lead byte of Shift_JIS, rare kanji above."""
BESIDE_LATIN = re.compile(r"[a-z][^\x00-\x7f]|[^\x00-\x7f][a-z]")


def decode_file_name(raw: bytes) -> str:
    """The text of a name: UTF-8, else Japanese Windows (cp932), else Western Windows (cp1252).

    Every byte string has a result. One in another encoding comes out garbled, but as text.
    """
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return _japanese(raw) or _western(raw)


def _japanese(raw: bytes) -> str:
    """The name in cp932 if it makes sense as Japanese, else an empty string.

    Almost any bytes are valid cp932. Accented letters beside lower-case ones are Western words, and they
    would be rare kanji or half-width kana.
    """
    try:
        text = raw.decode("cp932")
    except UnicodeDecodeError:
        return ""
    wide = [each.encode("cp932") for each in text if ord(each) > 0x7F]
    common = [each for each in wide if len(each) == 2 and each[0] < FIRST_OF_LEVEL_2]
    is_likely = 2 * len(common) > len(wide) and min(map(len, wide)) == 2
    return text if is_likely and not BESIDE_LATIN.search(text) else ""


def _western(raw: bytes) -> str:
    """cp1252; its five unassigned bytes as in Latin-1, where they are control characters."""
    return "".join(bytes([each]).decode("cp1252", "ignore") or chr(each) for each in raw)


LONGEST = 255
"""Bytes in a name on Linux file systems (NAME_MAX)."""
JOINER = "\u200d"
FLAG_LETTERS = range(0x1F1E6, 0x1F200)
"""Two of them are one flag."""


def fit_file_name(stem: str, ending: str, *, longest: int = LONGEST) -> str:
    """`stem` + `ending` in at most `longest` bytes: cuts the stem, between two characters as people see them."""
    room = longest - len(os.fsencode(ending))
    if len(os.fsencode(stem)) <= room:
        return stem + ending
    end = room
    while end and (len(os.fsencode(stem[:end])) > room or not _is_boundary(stem, end)):
        end -= 1
    return stem[:end].rstrip() + ending


def _is_boundary(text: str, at: int) -> bool:
    """Whether a character ends before `at`: the usual cases of Unicode's UAX #29, section 3.1."""
    if at >= len(text):
        return True
    before, after = text[at - 1], text[at]
    if JOINER in (before, after) or unicodedata.category(after)[0] == "M" or _continues_emoji(after):
        return False
    flags = len(text[:at]) - len(text[:at].rstrip("".join(map(chr, FLAG_LETTERS))))
    return not (ord(after) in FLAG_LETTERS and flags % 2)


def _continues_emoji(letter: str) -> bool:
    return 0x1F3FB <= ord(letter) <= 0x1F3FF or 0xE0020 <= ord(letter) <= 0xE007F


def plain_name(name: str) -> str:
    """The name with `_` for everything that leads to another folder or means something to a shell or a system."""
    return re.sub(r"[^\w .()+-]", "_", name).strip(". ") or "_"
