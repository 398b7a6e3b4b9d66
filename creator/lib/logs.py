"""What may stand in a log line: no token of a link, no control characters, no false alarms."""

from __future__ import annotations

import logging
import re
from urllib.parse import quote

SECRET_PATHS = re.compile(r"(/files/|/accounts/password/reset/key/|/accounts/confirm-email/).")
FALSE_ALARM = "ASGI callable returned without completing handshake."


def shown_path(path: str) -> str:
    """The path of a request as logs name it: whoever reads them gets no working link and no escape sequence."""
    secret = SECRET_PATHS.match(path)
    return f"{secret[1]}…" if secret else quote(path)


class LogFilter(logging.Filter):
    """Hides the paths that Django names in its own records.

    Drops what uvicorn says of each refused handshake, although it was answered as ASGI's `websocket.http.response` has it.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if record.msg == FALSE_ALARM:
            return False
        path = getattr(getattr(record, "request", None), "path", None)
        if path is not None and isinstance(record.args, tuple):
            record.args = tuple(shown_path(path) if each == path else each for each in record.args)
        return True
