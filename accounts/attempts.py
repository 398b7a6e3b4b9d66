"""Limits how often passwords, codes, mails and API keys are tried: on pages, by the API and on the staff's pages.

A try counts for the network it comes from and for the person it is about, each in any minute, before a password is
hashed or a code compared. Codes count for the person in any hour, too. `creator.lib.rate_limits` counts in one atomic
step, so that parallel tries through several processes pass no more than the limit. No success clears what was counted.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from enum import StrEnum

import structlog
from django.conf import settings

from accounts.emails import InvalidAddress, normal
from creator.lib.errors import Refused
from creator.lib.formatting import count
from creator.lib.networks import network_of
from creator.lib.rate_limits import HOUR_S, RateLimit, look, take

log = structlog.get_logger(__name__)
MINUTE_S = 60
PER_PERSON = 5
KEYS_PER_TRY = 12
"""So many keys that do not work count like one password: a key cannot be guessed, and programs repeat themselves."""
CODES_PER_HOUR = 20
"""Three of a million codes work at a time, so a thief of the password needs 480 days to guess one at even odds."""


class Door(StrEnum):
    """Where something is tried."""

    SIGN_IN = "sign_in"
    SIGN_UP = "sign_up"
    RESET = "reset"
    VERIFY = "verify"
    SECOND_FACTOR = "second_factor"
    TOKEN = "token"  # noqa: S105  (a name, not a secret)
    REAUTHENTICATE = "reauthenticate"
    ADMIN = "admin"


PASSWORD_DOORS = {Door.SIGN_IN, Door.TOKEN, Door.ADMIN}
"""The same password can be tried at each of them, so their tries count together."""


def count_try(door: Door, *, address: str, who: str = "", device: str = "") -> None:
    """Counts one try at the door.

    `address` is the client's, as `REMOTE_ADDR` has it behind trusted proxies. `who` is the e-mail address that was
    typed, known or not, or a person's id. `device` is one that `who` signed in from before (`devices.known_device`): its
    tries count for it alone, so that tries from elsewhere leave it its own.
    Raises Refused("rate_limited") with `Retry-After` if the address or the person had all tries of this minute. A try
    that the address may not make does not count for the person: an attacker uses up nothing of theirs with it.
    """
    for limit in _limits(door, address, who, device):
        _take(limit, door.value, "This was tried too often. Wait {}, then try again.")


def count_without_key(address: str) -> None:
    """Counts one request to the API that shows no key or token, or one that does not work.

    The caller looks for the key first, so a key that works is never refused for what others of its address send.
    Raises Refused("rate_limited") as `count_try`.
    """
    most = settings.CONFIG.tries_per_address * KEYS_PER_TRY
    limit = RateLimit("tries.key.address", network_of(address), most, MINUTE_S)
    _take(limit, "key", "Too many requests without a key that works came from your address. Wait {}.")


def _take(limit: RateLimit, door: str, sentence: str) -> None:
    if take(limit):
        return
    wait_s = max(1, look(limit).wait_s)
    log.info("try_refused", door=door, limit=limit.what, wait_s=wait_s)
    raise Refused("rate_limited", sentence.format(_words(wait_s)), headers={"Retry-After": str(wait_s)})


def _limits(door: Door, address: str, who: str, device: str) -> Iterator[RateLimit]:
    counted_as = "password" if door in PASSWORD_DOORS else door.value
    person = _one_spelling(who)
    if device:
        yield RateLimit(f"tries.{counted_as}.device", _digest(f"{device} {person}"), PER_PERSON, MINUTE_S)
    else:
        most = settings.CONFIG.tries_per_address
        yield RateLimit(f"tries.{counted_as}.address", network_of(address), most, MINUTE_S)
        if person:
            yield RateLimit(f"tries.{counted_as}.person", _digest(person), PER_PERSON, MINUTE_S)
    if door is Door.SECOND_FACTOR:
        yield RateLimit(f"tries.{counted_as}.hour", _digest(person), CODES_PER_HOUR, HOUR_S)


def _one_spelling(who: str) -> str:
    """One text for all spellings of an e-mail address that find the same account; else `who` in lower case."""
    try:
        return normal(who)
    except InvalidAddress:
        return who.strip().lower()


def _digest(person: str) -> str:
    """What Redis sees of an e-mail address: no name, no odd character, no length that a client chose."""
    return hashlib.sha256(person.encode()).hexdigest()


def _words(wait_s: int) -> str:
    return count(wait_s, "second") if wait_s < 2 * MINUTE_S else count(math.ceil(wait_s / MINUTE_S), "minute")
