"""Cleans names and notices that people and cameras wrote, in any script: whole letters stay, tricks go."""

import re
import unicodedata

NAME_LENGTH = 80

_SPACES = re.compile(r"[\t-\r\x1c-\x1f\x85\u2028\u2029 ]+")
"""Spaces and breaks of lines. One that may begin with any of them reads a long run once."""
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Controls, direction overrides and isolates, halves of surrogate pairs."""
_ZERO_WIDTH_JOINER = "\u200d"
_FLAG_LETTERS = "".join(map(chr, range(0x1F1E6, 0x1F200)))
"""Two of them are a flag."""
_SKIN_TONES = "".join(map(chr, range(0x1F3FB, 0x1F400)))


def clean_text(text: str, *, limit: int) -> str:
    """Returns the text on one line without controls and direction overrides, cut to `limit` characters.

    All else stays: joiners, tags, marks, private characters, letters of a newer Unicode version than Python's.
    """
    line = _UNSAFE.sub("", _SPACES.sub(_on_one_line, text[: limit * 8])).strip()
    return cut_text(line, limit).rstrip()


def _on_one_line(spaces: re.Match[str]) -> str:
    return " " if spaces[0].strip(" ") else spaces[0]


def cut_text(text: str, limit: int) -> str:
    """Returns at most the first `limit` characters, without half of a letter or emoji that has several."""
    end = min(limit, len(text))
    while 0 < end < len(text) and _continues(text, end):
        end -= 1
    return text[:end]


def display_name(name: str) -> str:
    """Returns a file's name for a sentence: no folders, no controls, at most NAME_LENGTH characters."""
    base = clean_text(name.replace("\\", "/").rsplit("/", 1)[-1], limit=4096)
    if all(unicodedata.category(letter) in ("Cf", "Zs") for letter in base):
        return "The file"
    if len(base) <= NAME_LENGTH:
        return base
    half = NAME_LENGTH // 2
    start = len(base) - half
    while start < len(base) and _continues(base, start):
        start += 1
    return f"{cut_text(base, half - 1)}…{base[start:]}"


def _continues(text: str, at: int) -> bool:
    """Whether the character at `at` belongs to the one before it (a part of UAX 29, section 3.1.1)."""
    before, letter = text[at - 1], text[at]
    if letter in _FLAG_LETTERS:
        flags = text[:at][len(text[:at].rstrip(_FLAG_LETTERS)) :]
        return len(flags) % 2 == 1
    return (
        before == _ZERO_WIDTH_JOINER
        or letter in _SKIN_TONES
        or unicodedata.category(letter) in ("Mn", "Mc", "Me", "Cf")
    )
