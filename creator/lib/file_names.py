"""File names: read from bytes in an unknown encoding, and fitted to a file system."""

from __future__ import annotations

import re

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
