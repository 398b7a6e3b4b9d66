"""Removes secrets and control characters from log lines."""

from __future__ import annotations

import logging
import re
from functools import cache
from urllib.parse import quote

from django.conf import settings

FALSE_ALARM = "ASGI callable returned without completing handshake."


def loggable_path(path: str) -> str:
    """A request's path for the log: without the token of a link, control characters quoted.

    `settings.SECRET_PATHS` lists the path prefixes that a token follows.
    """
    secret = _secret_paths().match(path)
    return f"{secret[1]}…" if secret else quote(path)


@cache
def _secret_paths() -> re.Pattern[str]:
    return re.compile(f"({'|'.join(map(re.escape, settings.SECRET_PATHS))}).")


class LogFilter(logging.Filter):
    """Applies `loggable_path` to the paths in Django's own records.

    Drops uvicorn's error about each refused handshake: we answer those with ASGI's `websocket.http.response`.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        if record.msg == FALSE_ALARM:
            return False
        path = getattr(getattr(record, "request", None), "path", None)
        if path is not None and isinstance(record.args, tuple):
            record.args = tuple(loggable_path(path) if each == path else each for each in record.args)
        return True
