"""A mail server for chaos runs: it can refuse, hang or die.

It accepts mails slowly, so that workers can be killed during one.
"""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections import Counter, defaultdict
from enum import StrEnum
from typing import Any

from aiosmtpd.controller import Controller

from tests.services.process import free_port

TAKES_S = 0.1
MESSAGE_ID = re.compile(rb"^Message-ID: *(<[^>]+>)", re.MULTILINE | re.IGNORECASE)


class Mood(StrEnum):
    """How the server treats mails."""

    WELL = "well"
    REFUSES = "refuses"
    """Its port is closed."""
    HANGS = "hangs"
    """It receives the mail but does not answer."""
    PICKY = "picky"
    """It refuses every third mail for now."""
    DIES = "dies"
    """It accepts every second mail, and closes each connection instead of answering."""


class MailSink:
    """`arrivals`: Message-ID → when each copy was accepted, in seconds since 1970. `contents`: → the last copy."""

    def __init__(self) -> None:
        self.port = free_port()
        self.mood = Mood.WELL
        self.arrivals: dict[str, list[float]] = defaultdict(list)
        self.contents: dict[str, bytes] = {}
        self.overlapping = 0
        self.refused = 0
        self.answers_lost = 0
        self._under_way: Counter[str] = Counter()
        self._count = 0
        self._changing = threading.Lock()
        self._controller: Controller | None = None
        self._start()

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def become(self, mood: Mood) -> None:
        """Changes the mood and closes open connections."""
        self.mood = mood
        self._stop()
        if mood is not Mood.REFUSES:
            self._start()

    def close(self) -> None:
        self._stop()

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  (aiosmtpd's name)
        found = MESSAGE_ID.search(envelope.original_content or envelope.content)
        message_id = found[1].decode() if found else "none"
        with self._changing:
            self._under_way[message_id] += 1
            self.overlapping += self._under_way[message_id] > 1
            self._count += 1
            number = self._count
        try:
            answer = await self._answer(server, message_id, number)
            if message_id in self.arrivals:
                self.contents[message_id] = envelope.original_content or envelope.content
            return answer
        finally:
            with self._changing:
                self._under_way[message_id] -= 1

    async def _answer(self, server: Any, message_id: str, number: int) -> str:
        await asyncio.sleep(TAKES_S)
        if self.mood is Mood.PICKY and number % 3 == 0:
            self.refused += 1
            return "451 not now"
        if self.mood is Mood.HANGS:
            await asyncio.sleep(60)
        if self.mood is Mood.DIES:
            if number % 2 == 0:
                self.arrivals[message_id].append(time.time())
                self.answers_lost += 1
            server.transport.abort()
            return "421 gone"
        self.arrivals[message_id].append(time.time())
        return "250 taken"

    def _start(self) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def _stop(self) -> None:
        controller, self._controller = self._controller, None
        if controller is not None:
            controller.stop(no_assert=True)
