"""Reads server-sent events (the HTML standard, section 9.2.6)."""

from __future__ import annotations

import json
from typing import Any

Message = dict[str, Any]


class EventLines:
    """Collects the lines of a stream. `last_id`: of the last whole event, to resume after it."""

    def __init__(self, last_id: str = "") -> None:
        self.last_id = self._id = last_id
        self._data: list[str] = []

    def begin(self) -> None:
        """A new connection: drops the event that the one before broke off in."""
        self._id, self._data = self.last_id, []

    def read(self, line: str) -> Message | None:
        """The message that this line ends, or None. Comments are passed over."""
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "id" and "\0" not in value:
            self._id = value
        elif not line:
            text = "\n".join(self._data)
            self.last_id, self._data = self._id, []
            message: Message | None = json.loads(text) if text else None
            return message
        return None
