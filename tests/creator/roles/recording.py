"""Records what one person asks for, so that others can ask for the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.test import Client
from django.test.client import FakePayload


@dataclass(frozen=True)
class Asked:
    """One request without anything that says who asked: method, address with query, kind of body, body."""

    method: str
    address: str
    kind: str
    body: bytes


class RecordingClient(Client):
    """A client that keeps its requests in `asked` and the bodies of its answers in `answers`."""

    def __init__(self, asker: Client, asked: list[Asked], answers: list[bytes]) -> None:
        super().__init__(raise_request_exception=False)
        self.cookies, self.defaults = asker.cookies, asker.defaults
        self.asked, self.answers = asked, answers

    def request(self, **environ: Any) -> Any:
        body = environ["wsgi.input"].read() if "wsgi.input" in environ else b""
        environ["wsgi.input"] = FakePayload(body)
        query = environ.get("QUERY_STRING", "")
        address = environ["PATH_INFO"] + (f"?{query}" if query else "")
        self.asked.append(Asked(environ["REQUEST_METHOD"], address, environ.get("CONTENT_TYPE", ""), body))
        answer = super().request(**environ)
        self.answers.append(content_of(answer))
        return answer


def content_of(answer: Any) -> bytes:
    """The body; nothing for a stored file, which the server streams."""
    return b"" if answer.streaming else bytes(answer.content)


def replay(asked: Asked, client: Client) -> Any:
    """The answer to the same request from this client."""
    return client.generic(asked.method, asked.address, asked.body, asked.kind)
