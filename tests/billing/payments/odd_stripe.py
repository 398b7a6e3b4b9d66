"""A server in place of Stripe that gives one answer, late, drop by drop, or not at all."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class OddStripe(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.address = f"http://127.0.0.1:{self.server_port}"
        self.status: int = 200
        self.body: Any = {"id": "cus_1", "object": "customer"}
        self.wait_s = 0.0
        self.drop_s = 0.0
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        self.over = threading.Event()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: OddStripe

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_DELETE(self) -> None:
        self._answer()

    def _answer(self) -> None:
        stripe = self.server
        stripe.asked.append((self.command, self.path, dict(self.headers)))
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if stripe.over.wait(stripe.wait_s):
            return
        body = json.dumps(stripe.body).encode()
        self.send_response(stripe.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        for byte in body if stripe.drop_s else ():
            if stripe.over.wait(stripe.drop_s):
                return
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
        if not stripe.drop_s:
            self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@contextmanager
def odd_stripe():
    with OddStripe() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.over.set()
            server.shutdown()
            thread.join()
