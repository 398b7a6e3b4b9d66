"""The text of a key, `creator_<8>_<43><6>`: its kind, the row's id, 256 random bits, and a CRC-32 of everything
before it, in base 62.

With the checksum we refuse a mistyped key without a query, and scanners for leaked secrets can recognise a key.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import string
import zlib

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
KIND = "creator"
ID_LENGTH = 8
SECRET_LENGTH = 43
CHECKSUM_LENGTH = 6
PREFIX_LENGTH = len(KIND) + 1 + ID_LENGTH
SHAPE = re.compile(rf"{KIND}_[0-9A-Za-z]{{{ID_LENGTH}}}_[0-9A-Za-z]{{{SECRET_LENGTH + CHECKSUM_LENGTH}}}")


def new_secret() -> str:
    """A new random key."""
    unsigned = f"{KIND}_{_random(ID_LENGTH)}_{_random(SECRET_LENGTH)}"
    return unsigned + checksum_of(unsigned)


def prefix_of(secret: str) -> str:
    """The part that finds the row, and that lists show."""
    return secret[:PREFIX_LENGTH]


def is_well_formed(secret: str) -> bool:
    """Whether the text has a key's form and a correct checksum. Does not check whether the key exists."""
    if not SHAPE.fullmatch(secret):
        return False
    return secret[-CHECKSUM_LENGTH:] == checksum_of(secret[:-CHECKSUM_LENGTH])


def checksum_of(unsigned: str) -> str:
    """CRC-32 in base 62, padded to 6 digits."""
    number, digits = zlib.crc32(unsigned.encode()), ""
    for _ in range(CHECKSUM_LENGTH):
        number, digit = divmod(number, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return digits


def digest_of(secret: str) -> str:
    """The stored SHA-256 of a key. The key is random, so neither salt nor a slow hash would add anything."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _random(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))
