"""E-mail addresses as people type and paste them: one form to compare, one form to show.

`normal` is what rows store and lookups use, and what a mail server is given: plain ASCII, lower case, the domain
as DNS knows it (IDNA 2008 with the mapping of UTS 46). `shown` keeps the person's own spelling. Addresses that
mail servers tell apart stay apart: `anna+work@` is not `anna@`.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote

import idna

from creator.lib.errors import Refused

LONGEST, LONGEST_NAME = 254, 64
"""Characters of an address and of its part before the @ (RFC 5321, 4.5.3.1)."""
MOST_READ = 1000
"""Characters of a text that are looked at."""

TOO_LONG = f"An email address has at most {LONGEST} characters."

_ATOM = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_NAME = re.compile(rf"{_ATOM}(\.{_ATOM})*", re.IGNORECASE)
"""A dot-atom (RFC 5322, 3.2.3). Quoted names such as `"a b"@` are refused: hardly a mail server accepts them."""

_INVISIBLE = "Cf"
"""The category of soft hyphens, zero-width characters and direction marks, which copying picks up."""
_BREAKS = ("Cc", "Zl", "Zp")
"""The categories of line breaks, tabs and other control characters. They separate words as a space does."""


class InvalidAddress(Refused):
    """No e-mail address can be read from the text. The message is a sentence for the person who typed it."""

    def __init__(self, message: str) -> None:
        super().__init__("invalid_parameters", message)


def normal(address: str) -> str:
    """The one form of an address that rows store and lookups compare. Raises InvalidAddress."""
    name, domain = _parts_of(address)
    return f"{name}@{domain}".lower()


def shown(address: str) -> str:
    """The address as it was typed, without what copying added to it. Raises InvalidAddress."""
    _parts_of(address)
    return _without_wrapping(address)


def _parts_of(address: str) -> tuple[str, str]:
    """The name before the @ as typed, and the domain as DNS knows it."""
    text = _without_wrapping(address)
    if len(text) > LONGEST:
        raise InvalidAddress(TOO_LONG)
    if not text:
        raise InvalidAddress("Enter an email address, such as name@example.org.")
    if " " in text:
        raise InvalidAddress("An email address has no spaces. Remove the space, or what stands before it.")
    name, at, domain = text.rpartition("@")
    if not at or not name or not domain:
        raise InvalidAddress("An email address has a name, an @ and a domain, such as name@example.org.")
    if "@" in name:
        raise InvalidAddress("Enter one email address. This text has more than one @.")
    if not _NAME.fullmatch(name) or len(name) > LONGEST_NAME:
        raise InvalidAddress(
            f"Before the @, an email address has up to {LONGEST_NAME} letters from a to z, digits and signs such as "
            ". _ + -, with no dot at the start, at the end or next to another dot."
        )
    domain = _domain_of(domain)
    if len(f"{name}@{domain}") > LONGEST:
        raise InvalidAddress(TOO_LONG)
    return name, domain


def _domain_of(typed: str) -> str:
    try:
        domain = idna.encode(typed, uts46=True, std3_rules=True).decode("ascii").removesuffix(".")
    except UnicodeError:  # idna's own error is one
        domain = ""
    ending = domain.rpartition(".")[2]
    if domain != "localhost" and ("." not in domain or ending.isdigit()):
        raise InvalidAddress(
            f"“{typed[:60]}” is not the domain of an email address. It looks like example.org or bücher.example."
        )
    return domain


def _without_wrapping(address: str) -> str:
    """The text without what comes with an address that is copied from a mail, a page or a phone."""
    text = unicodedata.normalize("NFKC", address[:MOST_READ]).replace("。", ".")
    text = "".join(_spaced(each) for each in text).strip()
    if bracketed := re.search(r"<([^<>]*)>$", text):  # Anna Berg <anna@example.org>
        text = bracketed[1]
    text = text.strip(' "“”„<>()[],;')
    if text[:1] == text[-1:] == "'":
        text = text[1:-1]
    if text[:7].lower() == "mailto:":
        text = unquote(text[7:].partition("?")[0])
    return re.sub(r" *([@.]) *", r"\1", text.strip()).removesuffix(".")


def _spaced(character: str) -> str:
    category = unicodedata.category(character)
    return "" if category == _INVISIBLE else " " if category in _BREAKS else character
