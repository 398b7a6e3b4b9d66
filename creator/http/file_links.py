"""Signed, expiring links to stored files. Browsers get stored files only through them."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.core import signing
from django.urls import reverse

from creator.lib.errors import Refused

SALT = "creator.file"
ENDINGS = (".png", ".jpg", ".jpeg", ".webp")
"""A file is saved under a picture's name, so that no system opens it as a program or page."""


@dataclass(frozen=True)
class FileLink:
    """The content of a link: storage key, name for saving the file, and whether a page shows it inline."""

    key: str
    name: str
    inline: bool


def file_link(key: str, *, name: str, inline: bool = False) -> str:
    """A path that serves the file, for LINK_SECONDS to twice that.

    All links made within one period of LINK_SECONDS are equal, so that browsers can cache them. Raises ValueError for
    a name with an ending not in ENDINGS.
    """
    if not name.lower().endswith(ENDINGS):
        raise ValueError(f"A file is not saved under the name {name!r}.")
    return reverse("file", args=[_signer(name).sign_object([key, int(inline), _expiry()]), name])


def link_expires_at() -> datetime:
    """The time until which a link made now works."""
    return datetime.fromtimestamp(_expiry(), UTC)


def _expiry() -> int:
    step = settings.CONFIG.link_seconds
    return (math.ceil(time.time() / step) + 1) * step


def read_file_link(token: str, name: str) -> FileLink:
    """Raises Refused("not_found") for a forged or expired link, and for another name than the link was made with."""
    try:
        key, inline, expires = _signer(name).unsign_object(token)
    except signing.BadSignature as error:
        raise Refused("not_found", "This link is not valid.") from error
    if time.time() > expires:
        raise Refused("not_found", "This link has expired. Open the page again for a fresh one.")
    return FileLink(key, name, bool(inline))


def _signer(name: str) -> signing.Signer:
    """Signs the name with the rest and without repeating it: the address has it already."""
    return signing.Signer(salt=f"{SALT}:{name}")
