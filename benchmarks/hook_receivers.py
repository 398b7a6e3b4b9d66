"""Receivers of webhooks for chaos runs: one that works, one in a bad mood, one that is gone, and some that hang."""

from __future__ import annotations

import json
import random
import socket
import threading
import time
from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.jobs.webhooks.receiver import Got

MOODS = (("well", 80), ("500", 5), ("reset", 5), ("redirect", 4), ("slow", 4), ("hang", 2))
"""How often, of 100 requests, the bad receiver does what."""
SLOW_S, HANG_S = 2.0, 30.0


@dataclass(frozen=True)
class Taken:
    """A message that a receiver answered with 200. `waited_s`: since its event was told."""

    number: int
    got: Got
    waited_s: float


class Receiver:
    """`taken`: every message that was answered with 200. `seen`: number of the event → the event ids it came under."""

    def __init__(self, name: str, *, mood: str = "well", seed: int = 0) -> None:
        self.name, self.mood = name, mood
        self.taken: list[Taken] = []
        self.seen: dict[int, set[tuple[str, bytes]]] = defaultdict(set)
        self.did: Counter[str] = Counter()
        self.unsigned = self.overlapping = self._under_way = 0
        self.secret = ""
        self._chance, self._lock = random.Random(seed), threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self._server.server_port}"

    @property
    def url(self) -> str:
        return f"http://{self.place}/hook"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def answer(self, request: BaseHTTPRequestHandler, got: Got) -> None:
        with self._lock:
            self._under_way += 1
            self.overlapping += self._under_way > 1
            does = self._choose()
            self.did[does] += 1
            self.unsigned += not got.is_signed_with(self.secret)
            self.seen[got.event["data"]["number"]].add((got.event_id, got.body))
        try:
            self._do(does, request, got)
        finally:
            with self._lock:
                self._under_way -= 1

    def _choose(self) -> str:
        if self.mood != "bad":
            return self.mood
        return self._chance.choices([name for name, _ in MOODS], [often for _, often in MOODS])[0]

    def _do(self, does: str, request: BaseHTTPRequestHandler, got: Got) -> None:
        if does == "hang":
            request.connection.settimeout(HANG_S)
            with suppress(OSError):
                request.connection.recv(1)  # until the sender gives up
            return
        if does == "reset":
            request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            request.connection.close()
            return
        if does == "slow":
            time.sleep(SLOW_S)
        statuses = {"500": 500, "redirect": 307, "gone": 410}
        request.send_response(statuses.get(does, 200))
        request.send_header("Location", self.url + "/elsewhere")
        request.send_header("Content-Length", "0")
        request.end_headers()
        if does in ("well", "slow"):
            data = got.event["data"]
            self.taken.append(Taken(data["number"], got, time.time() - data["told_at"]))


def _handler_of(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            named = {name.lower(): value for name, value in self.headers.items()}
            with suppress(OSError, ValueError):
                receiver.answer(self, Got(named, body))

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    return Handler


def numbers_of(receiver: Receiver) -> list[int]:
    """The events that it took, in the order in which it took them."""
    return [json.loads(each.got.body)["data"]["number"] for each in receiver.taken]
