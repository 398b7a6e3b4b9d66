"""The id of one request, which appears in its answer and in its log lines."""

from __future__ import annotations

import re
import uuid

HEADER = "X-Request-ID"
ACCEPTABLE = re.compile(r"[\w.-]{8,64}", re.ASCII)


def request_id_from(given: str) -> str:
    """The client's X-Request-ID if it is well-formed, otherwise a new id of 32 hexadecimal digits."""
    return given if ACCEPTABLE.fullmatch(given) else uuid.uuid4().hex
