"""The id under which one request is known: in its answer, in its log lines, and to whoever sent it."""

from __future__ import annotations

import re
import uuid

HEADER = "X-Request-ID"
ACCEPTABLE = re.compile(r"[\w.-]{8,64}", re.ASCII)


def request_id_from(given: str) -> str:
    """What the client sent as X-Request-ID where it is sane, else a new id of 32 hexadecimal digits."""
    return given if ACCEPTABLE.fullmatch(given) else uuid.uuid4().hex
