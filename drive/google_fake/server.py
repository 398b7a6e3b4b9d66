"""Serves a World over HTTP."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from drive.google_fake.calls import Call, Reply
from drive.google_fake.consent import Consent, redirect
from drive.google_fake.control import control
from drive.google_fake.errors import GoogleError, OAuthError
from drive.google_fake.faults import NO_ANSWER, Broken, Faults
from drive.google_fake.journal import Entry, Journal
from drive.google_fake.oauth import OAuth
from drive.google_fake.router import Router
from drive.google_fake.world import World

Watcher = Callable[[Call, Reply], None]


class Server:
    """A World at `url`, served by threads from `start` to `stop`. Port 0: any free one."""

    def __init__(self, world: World, port: int = 0) -> None:
        self.world = world
        self.oauth = OAuth(world)
        self.journal = Journal()
        self.faults = Faults()
        self.router = Router(world, self.oauth)
        self.channels = self.router.channels
        self.consent = Consent()
        self.watchers: list[Watcher] = []
        """Called with every call and its answer, before the answer goes out."""
        self._http = ThreadingHTTPServer(("127.0.0.1", port), type("Handler", (_Handler,), {"google": self}))
        self._http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    def start(self) -> None:
        """Serve from a thread."""
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """Serve no longer."""
        self._http.shutdown()
        self._http.server_close()

    def serve(self) -> None:
        """Serve in this thread until it is interrupted."""
        self._http.serve_forever()

    def answer(self, call: Call) -> Reply:
        """The answer to a call, with the faults that wait for it. Raises `Broken`."""
        try:
            self.faults.meet(call, is_after=False)
            reply = self._work(call)
            self.faults.meet(call, is_after=True)
        except GoogleError as refused:
            headers = {} if refused.retry_after_s is None else {"Retry-After": str(refused.retry_after_s)}
            reply = Reply(refused.status, refused.body(), headers)
        except OAuthError as refused:
            reply = Reply(refused.status, refused.body())
        except Broken:
            self._note(call, NO_ANSWER)
            raise
        self._note(call, reply.status)
        for watcher in self.watchers:
            watcher(call, reply)
        return reply

    def _note(self, call: Call, status: int) -> None:
        if not call.path.startswith("/fake/"):
            self.journal.add(Entry(self.router.name(call), call.method, call.path, status))

    def _work(self, call: Call) -> Reply:
        if call.path.startswith("/fake/"):
            return control(self, call)
        match call.method, call.path:
            case "GET", "/o/oauth2/v2/auth":
                return redirect(self.oauth, self.consent, call)
            case "POST", "/token":
                return Reply(200, self.oauth.token(call.form))
            case "POST", "/revoke":
                self.oauth.revoke(call.form.get("token", ""))
                return Reply(200, {})
            case _:
                return self.router.answer(call)


class _Handler(BaseHTTPRequestHandler):
    google: Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def do_PATCH(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: queries and headers hold tokens."""

    def _serve(self) -> None:
        url = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("content-length", 0)))
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        try:
            reply = self.google.answer(Call(self.command, url.path, query, headers, body, self.google.url))
        except Broken:
            self.close_connection = True
            return
        self._send(reply)

    def _send(self, reply: Reply) -> None:
        headers: dict[str, str] = {}
        data = b"" if reply.body is None else reply.body
        if isinstance(data, dict):
            headers, data = {"Content-Type": "application/json"}, json.dumps(data).encode()
        self.send_response(reply.status)
        for name, value in (headers | reply.headers).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
