"""Whether a person may use keys at all, and a key make others. Apps above know: they answer signals."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from accounts.signals import keys_asked, maker_asked
from creator.lib.errors import Refused
from creator.lib.ttl_cache import TTLCache

REMEMBERED_S = 5.0
_permitted: TTLCache[UUID, None] = TTLCache(REMEMBERED_S)


def require_permitted(owner_id: UUID) -> None:
    """Raises Refused if the person may neither make nor use keys."""
    if refused := refusals([owner_id]).get(owner_id):
        raise refused


def require_lately_permitted(owner_id: UUID) -> None:
    """As `require_permitted`, for every request of a program: a yes counts for REMEMBERED_S, a no is asked again."""
    _permitted.get(owner_id, lambda: require_permitted(owner_id))


def forget_permission(owner_id: UUID | None = None) -> None:
    """Makes `require_lately_permitted` ask anew in this process: for one person, or for everybody."""
    _permitted.drop(owner_id) if owner_id else _permitted.clear()


def require_may_make(key_id: UUID) -> None:
    """Raises Refused if this key may not make keys. Its scopes are checked elsewhere."""
    answers: Any = maker_asked.send(sender=None, key_id=key_id)
    for _, refused in answers:
        if refused is not None:
            raise refused


def refusals(owner_ids: Collection[UUID]) -> dict[UUID, Refused]:
    """Why these people may not use keys; people who may are left out. Asks anew, once for all of them."""
    answers: Any = keys_asked.send(sender=None, owner_ids=frozenset(owner_ids)) if owner_ids else ()
    return {who: why for _, refused in answers for who, why in refused.items()}
