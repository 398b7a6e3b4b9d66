"""`Idempotency-Key`: a request that may be sent again until its answer arrives, and does its work once.

The key's row is written first in the one transaction that does the work. A second request with the key waits on the
unique index until the first has ended, then finds either its whole answer or nothing; there is no state in between.
A refused request leaves nothing, so the key is free for the mended one.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from creator.lib.errors import Refused
from jobs.models import IdempotencyKey

KEPT = timedelta(hours=24)
ACCEPTABLE_KEY = re.compile(r"[\x21-\x7e]{1,255}")
FIRST, REPLAYED = 202, 200


@dataclass(frozen=True)
class Made:
    """What a request made: the body of its answer, and the job, if it is one."""

    body: dict[str, Any]
    job_id: UUID | None = None


def answer_once(request: Request, owner: User, asked: object, make: Callable[[], Made]) -> Response:
    """202 with what `make` made in one transaction; with the same key again 200 with the same body, making nothing.

    `asked` is the body as it was read, if the address takes one: the same key must come with the same.
    Raises Refused: `malformed_request` for a key that is none, `idempotency_conflict` for one that came with another body.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return accepted(make().body)
    if not ACCEPTABLE_KEY.fullmatch(key):
        words = "An Idempotency-Key has 1 to 255 printable ASCII characters without spaces, such as a UUID."
        raise Refused("malformed_request", words)
    body, is_new = do_once(owner, key, hash_of(request, asked), make)
    return (
        accepted(body)
        if is_new
        else accepted(body, status=REPLAYED, headers={"Idempotency-Replayed": "true"})
    )


def do_once(owner: User, key: str, body_hash: str, make: Callable[[], Made]) -> tuple[dict[str, Any], bool]:
    """(the answer, whether it was made now). Nothing but rows is touched while the transaction is open."""
    with transaction.atomic(durable=True):
        row = _take(owner, key, body_hash)
        if row.answer is None:  # rows of others are seen only when they are whole: this one is ours
            made = make()
            IdempotencyKey.objects.filter(pk=row.pk).update(answer=made.body, job_id=made.job_id)
            return made.body, True
    if row.body_hash != body_hash:
        raise Refused("idempotency_conflict", "This Idempotency-Key came before with another request.")
    answer: dict[str, Any] = row.answer
    return answer, False


def _take(owner: User, key: str, body_hash: str) -> IdempotencyKey:
    """The key's row: ours, without an answer, or the one that was there. One that is too old makes room."""
    mine = IdempotencyKey.objects.filter(owner=owner, key=key)
    oldest = timezone.now() - KEPT
    while True:
        wanted = IdempotencyKey(owner=owner, key=key, body_hash=body_hash)
        IdempotencyKey.objects.bulk_create([wanted], ignore_conflicts=True)
        row = mine.first()  # none: whoever tidies up took an old one just now
        if row is not None and row.created_at >= oldest:
            return row
        mine.filter(created_at__lt=oldest).delete()


def hash_of(request: Request, asked: object) -> str:
    """SHA-256 of method, path and body. Equal JSON is equal, however it is spaced and ordered."""
    body = json.dumps(asked, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{request.method} {request.path}\n{body}".encode()).hexdigest()


def accepted(
    body: dict[str, Any], *, status: int = FIRST, headers: Mapping[str, str] | None = None
) -> Response:
    """The answer to work that was taken, with where to look for it. Names in order: PostgreSQL's JSON keeps none, and
    a replayed answer is the first one to the byte."""
    ordered = json.loads(json.dumps(body, sort_keys=True))
    return Response(ordered, status=status, headers={"Location": body["status_url"], **(headers or {})})
