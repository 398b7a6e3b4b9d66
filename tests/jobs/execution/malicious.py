"""A node between us and a real one: it passes everything on, and answers what a test names in a vicious way."""

from __future__ import annotations

import json
import random
import re
import socket
import threading
import zlib
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

KINDS = {
    "system_stats": r"GET /system_stats",
    "count": r"GET /prompt$",
    "queue": r"GET /queue",
    "object_info": r"GET /object_info",
    "upload": r"POST /upload/image",
    "submit": r"POST /prompt$",
    "job": r"GET /api/jobs/[^/?]+$",
    "cancel": r"POST /api/jobs/[^/]+/cancel",
    "forget": r"POST /history",
    "result": r"GET /view",
    "socket": r"GET /ws",
}
"""Every answer of the protocol that our client asks for, by method and path."""
OF_A_RUN = ("upload", "submit", "job", "forget", "result", "socket")
OF_A_CHECK = ("system_stats", "count", "queue", "object_info")
UUID = re.compile(rb"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
DRIP_S = 0.05
PIECE = b"10000\r\n" + b"[],{}" * 13107 + b"1\r\n"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'
EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9999 9999\n%%EndComments\n{ } loop\n%%EOF\n"


class Malicious:
    """`url` behaves as the node at `real` does, but for the kinds of call in `vices`: kind → vice.

    `vices` may change at any time; `spared(prompt_id)` says which prompts are served well all the same. `asked`
    counts the calls by their kind. `trapped` counts the connections to where redirects lead.
    """

    def __init__(self, real: str, spared: Callable[[str], bool] = lambda _: False) -> None:
        self.real, self.spared = urlsplit(real), spared
        self.vices: dict[str, str] = {}
        self.asked: Counter[str] = Counter()
        self.trapped = 0
        self.ended = threading.Event()
        self.chance = random.Random(20261128)
        self._trap = socket.create_server(("127.0.0.1", 0))
        self.trap_url = f"http://127.0.0.1:{self._trap.getsockname()[1]}"
        threading.Thread(target=self._count_trapped, daemon=True).start()
        handler = type("Handler", (_Handler,), {"node": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self.ended.set()
        self._server.shutdown()
        self._server.server_close()
        self._trap.close()

    def _count_trapped(self) -> None:
        with suppress(OSError):
            while True:
                self._trap.accept()[0].close()
                self.trapped += 1


class _Handler(BaseHTTPRequestHandler):
    node: Malicious
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def log_message(self, *_: Any) -> None:
        pass

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        asked = f"{self.command} {self.path}"
        kind = next((name for name, pattern in KINDS.items() if re.match(pattern, asked)), "other")
        self.node.asked[kind] += 1
        vice = self.node.vices.get(kind)
        prompt = UUID.search(self.path.encode() + body)
        if vice and not (prompt and self.node.spared(prompt[0].decode())):
            self.close_connection = True
            with suppress(OSError):
                VICES[vice](self, body)
        elif kind == "socket":
            self._tunnel()
        else:
            with suppress(OSError):
                self.answer(*self.ask(body))

    def ask(self, body: bytes) -> tuple[int, bytes, str]:
        """What the real node answers: status, body, type."""
        real = HTTPConnection(self.node.real.netloc, timeout=60)
        headers = {name: self.headers[name] for name in ("Content-Type",) if self.headers.get(name)}
        real.request(self.command, self.path, body, headers)
        answer = real.getresponse()
        found = answer.status, answer.read(), answer.headers.get("Content-Type", "")
        real.close()
        return found

    def answer(self, status: int, body: bytes, kind: str = "application/json", **headers: str) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def start_chunks(self) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def repeat(self, piece: bytes, pause_s: float = 0.0) -> None:
        """Sends it again and again until the client or the test ends."""
        while not self.node.ended.wait(pause_s):
            self.wfile.write(piece)

    def _tunnel(self) -> None:
        """Passes a WebSocket on, bytes as they are."""
        self.close_connection = True
        with socket.create_connection((self.node.real.hostname, self.node.real.port)) as real:
            head = f"GET {self.path} HTTP/1.1\r\n" + "".join(f"{n}: {v}\r\n" for n, v in self.headers.items())
            real.sendall(head.encode() + b"\r\n")
            back = threading.Thread(target=_pump, args=(real, self.connection), daemon=True)
            back.start()
            _pump(self.connection, real)


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    for each in (source, target):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


def png_bomb(side: int = 20_000) -> bytes:
    """A small file of `side`² pixels: one bit each, all alike."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4) + name + data + zlib.crc32(name + data).to_bytes(4)

    head = side.to_bytes(4) + side.to_bytes(4) + bytes([1, 0, 0, 0, 0])
    rows = zlib.compress(bytes((side // 8 + 1) * side), 9)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def _other_ids(handler: _Handler, body: bytes) -> None:
    status, answer, kind = handler.ask(body)
    handler.answer(status, UUID.sub(lambda _: str(uuid4()).encode(), answer) or b"{}", kind)


def mutate(body: bytes, chance: random.Random) -> bytes:
    """Another answer: values of JSON replaced, bytes changed, cut, doubled or moved."""
    with suppress(ValueError, RecursionError):
        if chance.random() < 0.6:
            return json.dumps(_other(json.loads(body), chance)).encode()
    changed = bytearray(body)
    for _ in range(chance.randint(1, 8)):
        at = chance.randrange(len(changed) + 1)
        match chance.randrange(4):
            case 0:
                del changed[at : at + chance.randint(1, 64)]
            case 1:
                changed[at:at] = chance.randbytes(chance.randint(1, 64))
            case 2:
                changed[at:at] = changed[: chance.randint(0, 4096)]
            case _:
                changed[at : at + 1] = bytes([chance.randrange(256)])
    return bytes(changed)


ODD = (
    None, True, -1, 0, 2**31, 2**63, 10**400, 1e308, float("nan"), float("inf"), "", "\0", "\ud800", "../../etc",
    "x" * 100_000, [], {}, [[]] * 1000, {"": {"": []}}, [[[[[[]]]]]], "00000000-0000-0000-0000-000000000000",
)  # fmt: skip


def _other(value: Any, chance: random.Random) -> Any:
    """The value with about one in eight parts replaced by something odd."""
    if chance.random() < 0.125:
        return chance.choice(ODD)
    if isinstance(value, dict):
        return {
            key if chance.random() < 0.95 else str(chance.choice(ODD)): _other(each, chance)
            for key, each in value.items()
        }
    if isinstance(value, list):
        return [_other(each, chance) for each in value]
    return value


def _mutated(handler: _Handler, body: bytes) -> None:
    status, answer, kind = handler.ask(body)
    handler.answer(status, mutate(answer, handler.node.chance), kind)


VICES: dict[str, Callable[[_Handler, bytes], None]] = {
    "empty": lambda handler, _: handler.answer(200, b""),
    "huge": lambda handler, _: handler.answer(200, b'{"a": [' + b"[]," * 7_000_000 + b"1]}"),
    "endless": lambda handler, _: (handler.start_chunks(), handler.repeat(PIECE))[0],
    "drip": lambda handler, _: (handler.start_chunks(), handler.repeat(b"1\r\n \r\n", DRIP_S))[0],
    "wrong type": lambda handler, _: handler.answer(
        200, b'[null, {"name": 7, "prompt_id": []}]', "text/html"
    ),
    "other ids": _other_ids,
    "mutated": _mutated,
    "redirect": lambda handler, _: handler.answer(
        302, b"", Location=f"{handler.node.trap_url}{handler.path}"
    ),
    "eps": lambda handler, _: handler.answer(200, EPS, "image/png"),
    "svg": lambda handler, _: handler.answer(200, SVG, "image/svg+xml"),
    "png bomb": lambda handler, _: handler.answer(200, png_bomb(), "image/png"),
}
