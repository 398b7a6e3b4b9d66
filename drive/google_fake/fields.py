"""The parameter `fields`: which parts of an answer to give, as `id,files(id,name),about/user`."""

from __future__ import annotations

import re
from typing import Any

from drive.google_fake.errors import GoogleError

Mask = dict[str, "Mask"]
"""Names to the names below them; empty: all that is below."""
TOKEN = re.compile(r"[A-Za-z0-9_*]+|[(),/]")


def read_mask(text: str) -> Mask:
    """The names that `fields` asks for. Raises `GoogleError` 400."""
    text = text.replace(" ", "")
    tokens = TOKEN.findall(text)
    if not tokens or "".join(tokens) != text:
        raise _bad(text)
    mask = _read_names(tokens, text)
    if tokens:
        raise _bad(text)
    return mask


def select(answer: Any, mask: Mask) -> Any:
    """The parts of an answer that a mask names. What the answer has not is left out without a word."""
    if isinstance(answer, list):
        return [select(each, mask) for each in answer]
    if not mask or "*" in mask or not isinstance(answer, dict):
        return answer
    return {key: select(value, mask[key]) for key, value in answer.items() if key in mask}


def _read_names(tokens: list[str], text: str) -> Mask:
    mask: Mask = {}
    while True:
        _read_path(tokens, mask, text)
        if not tokens or tokens[0] != ",":
            return mask
        tokens.pop(0)


def _read_path(tokens: list[str], mask: Mask, text: str) -> None:
    if not tokens or tokens[0] in "(),/":
        raise _bad(text)
    below = mask.setdefault(tokens.pop(0), {})
    if tokens and tokens[0] == "/":
        tokens.pop(0)
        _read_path(tokens, below, text)
    elif tokens and tokens[0] == "(":
        tokens.pop(0)
        below.update(_read_names(tokens, text))
        if not tokens or tokens.pop(0) != ")":
            raise _bad(text)


def _bad(text: str) -> GoogleError:
    return GoogleError(400, "invalidParameter", f"Invalid field selection {text}")
