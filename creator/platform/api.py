"""`Idempotency-Key` for views of the REST API."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.utils.encoders import JSONEncoder

from creator.platform.idempotency import Answer, check_key, do_once, find_answer

ACCEPTED, OK = 202, 200


def answer_once(request: Request, owner_id: UUID, asked: object, work: Callable[[], Answer]) -> HttpResponse:
    """Calls `work` and returns its answer. For a repeated key, returns the stored answer and calls nothing.

    `asked` is the parsed body: a repeated key must come with an equal body. A stored 202 is repeated as 200.
    Raises Refused: `malformed_request` for a bad key, `idempotency_conflict` for a key used with another
    body.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return _response(work())
    check_key(key)
    answer, is_new = do_once(owner_id=owner_id, key=key, body_hash=hash_of(request, asked), work=work)
    return _response(answer) if is_new else _repeated(answer)


def find_repeat(request: Request, owner_id: UUID, asked: object) -> HttpResponse | None:
    """The stored answer to a repeated key, else None. For work that takes long before `answer_once` is called.

    Raises Refused as `answer_once`.
    """
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    check_key(key)
    answer = find_answer(owner_id=owner_id, key=key, body_hash=hash_of(request, asked))
    return _repeated(answer) if answer else None


def json_answer(status: int, body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Answer:
    """An answer with a JSON body whose keys are sorted."""
    text = json.dumps(body, cls=JSONEncoder, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return Answer(status, {"Content-Type": "application/json", **(headers or {})}, text.encode())


def hash_of(request: Request, asked: object) -> str:
    """SHA-256 of method, path and body. Spacing and key order of a JSON body do not change it."""
    body = json.dumps(asked, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(f"{request.method} {request.path}\n{body}".encode()).hexdigest()


def _repeated(answer: Answer) -> HttpResponse:
    response = _response(answer, status=OK if answer.status == ACCEPTED else answer.status)
    response["Idempotency-Replayed"] = "true"
    return response


def _response(answer: Answer, *, status: int | None = None) -> HttpResponse:
    return HttpResponse(
        answer.sent_once or answer.body, status=status or answer.status, headers=answer.headers
    )
