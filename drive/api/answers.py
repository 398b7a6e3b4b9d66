"""Answers that callers ask for again and again, and pages of files."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from creator.api.etags import unless_known
from creator.api.fields import AnswerFields
from creator.lib.errors import Refused
from drive.models import FoundFile

LARGEST_ID = 2**63 - 1


def unless_same(request: Request, answer: AnswerFields) -> HttpResponse:
    """The answer with its ETag, or 304. Few rows tell all that is in it, so it is made either way."""
    data = answer.data
    return unless_known(request, [data], lambda: Response(data))


def page_of_files(rows: QuerySet[FoundFile], *, cursor: str, limit: int) -> tuple[list[FoundFile], str]:
    """Up to `limit` rows after the cursor, newest first, and the cursor of the next page (empty on the last).

    Raises Refused("invalid_parameters") for an invalid cursor.
    """
    if cursor:
        rows = rows.filter(pk__lt=_read(cursor))
    found = list(rows.order_by("-pk")[: limit + 1])
    shown = found[:limit]
    return shown, _write(shown[-1]) if len(found) > limit else ""


def _write(file: FoundFile) -> str:
    return urlsafe_b64encode(str(file.pk).encode()).decode().rstrip("=")


def _read(cursor: str) -> int:
    try:
        number = int(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not 0 < number <= LARGEST_ID:
            raise ValueError("no row has this id")
    except (ValueError, binascii.Error) as error:
        advice = "Take the cursor from `next` of the previous page."
        raise Refused("invalid_parameters", "Some fields need another look.", {"cursor": advice}) from error
    return number
