"""Serves a World over HTTP."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from drive.google_fake import api
from drive.google_fake.errors import GoogleError, OAuthError
from drive.google_fake.faults import Faults
from drive.google_fake.oauth import OAuth
from drive.google_fake.world import World


class Server:
    """A World at `url`, served by threads from `start` to `stop`. Port 0: any free one."""

    def __init__(self, world: World, port: int = 0) -> None:
        self.oauth = OAuth(world)
        self.faults = Faults()
        self._http = ThreadingHTTPServer(("127.0.0.1", port), _handler(world, self.oauth, self.faults))
        self.url = f"http://127.0.0.1:{self._http.server_port}"

    def start(self) -> None:
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    def serve(self) -> None:
        """Serve in this thread until it is interrupted."""
        self._http.serve_forever()


def answer(world: World, oauth: OAuth, method: str, path: str, fields: dict[str, str], caller: str) -> Any:
    """The answer to a call: JSON, or the bytes of a file. Raises `GoogleError` and `OAuthError`."""
    if (method, path) == ("POST", "/token"):
        return oauth.token(fields)
    if (method, path) == ("POST", "/revoke"):
        oauth.revoke(fields.get("token", ""))
        return {}
    if method != "GET" or not path.startswith("/drive/v3/"):
        raise GoogleError(404, "notFound", "Not Found")
    grant = oauth.caller(caller)
    match path.removeprefix("/drive/v3/").split("/"):
        case ["files"]:
            return api.list_files(world, grant, fields)
        case ["files", file_id]:
            file = api.seen(world, grant, file_id)
            return api.content(file) if fields.get("alt") == "media" else file.shown()
        case ["changes", "startPageToken"]:
            return api.start_token(world, grant)
        case ["changes"]:
            return api.list_changes(world, grant, fields)
    raise GoogleError(404, "notFound", "Not Found")


def _handler(world: World, oauth: OAuth, faults: Faults) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._work("")

        def do_POST(self) -> None:
            self._work(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())

        def log_message(self, format: str, *args: Any) -> None:
            """Nothing: queries and headers hold tokens."""

        def _work(self, form: str) -> None:
            url = urlsplit(self.path)
            fields = dict(parse_qsl(form or url.query))
            caller = self.headers.get("Authorization", "")
            try:
                faults.meet(self.command, url.path, is_after=False)
                status, body = 200, answer(world, oauth, self.command, url.path, fields, caller)
                faults.meet(self.command, url.path, is_after=True)
            except (GoogleError, OAuthError) as refused:
                status, body = refused.status, refused.body()
            is_media = isinstance(body, bytes)
            data = body if is_media else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/octet-stream" if is_media else "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    return Handler
