"""What accounts tell and ask the apps above. Receivers must be quick."""

from __future__ import annotations

from functools import partial

from django.db import transaction
from django.dispatch import Signal

from accounts.enums import Means

access_ended = Signal()
"""A session, a signed-in program or an API key ended: `means` (Means), `credential` (str, as in `Principal`).

Sent after the commit. Receivers close what it has open; a receiver that fails delays that by seconds.
"""

keys_asked = Signal()
"""Asks whether people may use API keys. Sent with `owner_ids` (a frozenset of UUIDs).

A receiver returns a mapping from the id of each person who may not to the Refused that says why.
"""

maker_asked = Signal()
"""Asks whether an API key may make other keys. Sent with `key_id` (UUID).

A receiver returns the Refused that says why not, or None.
"""


def tell_access_ended(means: Means, credential: str) -> None:
    """Sends `access_ended` once the transaction of the end is committed."""
    send = partial(access_ended.send, sender=None, means=means, credential=credential)
    transaction.on_commit(send, robust=True)
