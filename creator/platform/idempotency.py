"""`Idempotency-Key`: lets a client repeat a request until an answer arrives, while the work is done once.

The transaction that does the work inserts the key's row first. A second request with the same key waits on
the unique index until the first transaction has ended, and then finds either the complete answer or no row. A
refused request rolls back, so the client can use the key again for the corrected request.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from creator.lib.errors import Refused
from creator.platform.models import IdempotencyKey

LIFETIME = timedelta(hours=24)
ACCEPTABLE_KEY = re.compile(r"[\x21-\x7e]{1,255}")


@dataclass(frozen=True)
class Answer:
    """An HTTP answer, stored so that it can be sent again byte for byte.

    `sent_once`: the body of the first answer where that has a secret. It is not stored; a repeat gets `body`.
    """

    status: int
    headers: dict[str, str]
    body: bytes
    sent_once: bytes = field(default=b"", repr=False)


def check_key(key: str) -> None:
    """Raises Refused `malformed_request`."""
    if not ACCEPTABLE_KEY.fullmatch(key):
        message = "An Idempotency-Key has 1 to 255 printable ASCII characters without spaces, such as a UUID."
        raise Refused("malformed_request", message)


def do_once(*, owner_id: UUID, key: str, body_hash: str, work: Callable[[], Answer]) -> tuple[Answer, bool]:
    """Returns the answer, and whether this call made it.

    `work` runs inside the transaction, so it must only change rows.

    Raises Refused `idempotency_conflict` if the key was used with another body, and the refusals of `work`.
    """
    with transaction.atomic(durable=True):
        row = _take(owner_id, key, body_hash)
        if row.status is None:  # ours: other transactions' rows are visible only with their answer
            answer = work()
            IdempotencyKey.objects.filter(pk=row.pk).update(
                status=answer.status, headers=answer.headers, body=answer.body
            )
            return answer, True
    _require_same(row, body_hash)
    return Answer(row.status, row.headers, bytes(row.body)), False


def find_answer(*, owner_id: UUID, key: str, body_hash: str) -> Answer | None:
    """The stored answer, if there is one: asked before work that takes long and changes rows only at its end.

    Raises Refused `idempotency_conflict` as `do_once`.
    """
    oldest = timezone.now() - LIFETIME
    row = IdempotencyKey.objects.filter(owner_id=owner_id, key=key, created_at__gte=oldest).first()
    if row is None or row.status is None:
        return None
    _require_same(row, body_hash)
    return Answer(row.status, row.headers, bytes(row.body))


def _require_same(row: IdempotencyKey, body_hash: str) -> None:
    if row.body_hash != body_hash:
        raise Refused("idempotency_conflict", "This Idempotency-Key was already used for another request.")


def _take(owner_id: UUID, key: str, body_hash: str) -> IdempotencyKey:
    """The key's row: a new one without an answer, or the existing one. Replaces an expired row."""
    mine = IdempotencyKey.objects.filter(owner_id=owner_id, key=key)
    oldest = timezone.now() - LIFETIME
    while True:
        new = IdempotencyKey(owner_id=owner_id, key=key, body_hash=body_hash)
        IdempotencyKey.objects.bulk_create([new], ignore_conflicts=True)
        row = mine.first()  # None: the row had expired and was just pruned
        if row is not None and row.created_at >= oldest:
            return row
        mine.filter(created_at__lt=oldest).delete()
