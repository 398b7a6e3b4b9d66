"""Reads server-sent events (the HTML standard, section 9.2.6)."""

from __future__ import annotations

import json
from typing import Any

Message = dict[str, Any]


class EventLines:
    """Collects the lines of a stream. `last_id`: of the last event, to resume after it."""

    def __init__(self, last_id: str = "") -> None:
        self.last_id = last_id
        self._data: list[str] = []

    def read(self, line: str) -> Message | None:
        """The message that this line ends, or None. Comments, such as heartbeats, are passed over."""
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "id" and "\0" not in value:
            self.last_id = value
        elif not line and self._data:
            text, self._data = "\n".join(self._data), []
            message: Message = json.loads(text)
            return message
        return None
