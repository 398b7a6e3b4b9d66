"""The list of passwords that attackers try first, as a file of hashes that is read once per process.

`known.bin` holds the first 40 bits of the SHA-256 of each password, in order. They are grouped by their first 16
bits, so the file starts with the 65,536 sizes of the groups (one byte each) and goes on with 24 bits for each
password. A password that is not on the list is refused by chance once in two million times.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from itertools import accumulate
from pathlib import Path

LIST = Path(__file__).with_name("known.bin")
GROUPS = 1 << 16


def is_known(password: str) -> bool:
    """Whether the password, in any letter case, was among the most used ones of past breaches."""
    starts, rests = _read()
    digest = digest_of(password)
    group = int.from_bytes(digest[:2])
    return any(rests[at : at + 3] == digest[2:] for at in range(starts[group], starts[group + 1], 3))


def digest_of(password: str) -> bytes:
    return sha256(folded(password).encode()).digest()[:5]


def folded(password: str) -> str:
    """The password as the list holds it: attackers try letter cases of a word first."""
    return unicodedata.normalize("NFKC", password).strip().lower()


def packed(passwords: Iterable[str]) -> bytes:
    """The content of the list's file."""
    digests = sorted({digest_of(each) for each in passwords})
    sizes = bytearray(GROUPS)
    for each in digests:
        sizes[int.from_bytes(each[:2])] += 1
    return bytes(sizes) + b"".join(each[2:] for each in digests)


@cache
def _read() -> tuple[list[int], bytes]:
    """Where each group starts, and the last 24 bits of all digests."""
    content = LIST.read_bytes()
    starts = [3 * count for count in accumulate(content[:GROUPS], initial=0)]
    return starts, content[GROUPS:]
