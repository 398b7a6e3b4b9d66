"""A user with an account who uses the product over HTTP, without a browser."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote

import httpx2

PASSWORD = "correct horse battery"
BOUNDARY = "----a-boundary-that-no-photo-contains"
CHUNK = bytes(1024**2)


class Visitor:
    """Signs up as `email` at `url`. Answers are httpx2 responses; only `download` follows redirects."""

    def __init__(self, url: str, email: str) -> None:
        self.http = httpx2.Client(base_url=url, trust_env=False, timeout=120)
        self.http.get("/accounts/signup/")
        account = {"email": email, "password1": PASSWORD, "password2": PASSWORD}
        answer = self.post("/accounts/signup/", account)
        assert answer.headers.get("location") == "/home/", answer.text

    def close(self) -> None:
        self.http.close()

    def post(self, path: str, form: dict[str, str | list[str]]) -> httpx2.Response:
        """Posts a form like a browser, with its CSRF token."""
        return self.http.post(path, data=form | {"csrfmiddlewaretoken": self._token()})

    def upload(self, name: str, content: bytes, *, sparse_bytes: int = 0) -> httpx2.Response:
        """Sends one photo like the drop zone, padded with zeros to `sparse_bytes`.

        `name` is percent-encoded (RFC 5987), so it may hold any character.
        """
        return self._send(_multipart(name, content), _length(name, content, sparse_bytes), sparse_bytes)

    def upload_without_length(self, content_bytes: int) -> httpx2.Response:
        """Sends a photo of `content_bytes` without a Content-Length header."""
        return self._send(_multipart("endless.jpg", b"\xff\xd8\xff"), None, content_bytes)

    def start(self, preset: str, uploads: Iterable[str], key: str, **settings: str) -> httpx2.Response:
        """Posts the form of the new-job page, as its Start button does."""
        form = {"preset": preset, "key": key, "upload": list(uploads)}
        return self.post("/new/", form | {f"p-{name}": value for name, value in settings.items()})

    def done(self) -> dict[str, str]:
        """Maps the names of the finished jobs on all gallery pages to their addresses."""
        found: dict[str, str] = {}
        for number in range(1, 10):
            page = self.http.get("/jobs/", params={"status": "completed", "page": number}).text
            found |= {
                name: path for path, name in re.findall(r'<a href="(/jobs/[0-9a-f-]{36}/)">([^<]+)</a>', page)
            }
            if 'rel="next"' not in page:
                break
        return found

    def download(self, job: str) -> httpx2.Response:
        """Downloads the result of the job at the address `job`."""
        return self.http.get(f"{job}download/", follow_redirects=True)

    def _send(self, body: tuple[bytes, bytes], length: int | None, sparse_bytes: int) -> httpx2.Response:
        headers = {
            "Accept": "application/json",
            "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
            "X-CSRFToken": self._token(),
        }
        if length is not None:
            headers["Content-Length"] = str(length)
        return self.http.post("/uploads/", content=_stream(*body, sparse_bytes), headers=headers)

    def _token(self) -> str:
        return self.http.cookies["csrftoken"]


def _multipart(name: str, content: bytes) -> tuple[bytes, bytes]:
    """Returns the parts of the request body before and after the zeros of a sparse file."""
    head = (
        f"--{BOUNDARY}\r\nContent-Type: application/octet-stream\r\n"
        f"Content-Disposition: form-data; name=\"file\"; filename*=UTF-8''{quote(name, safe='')}\r\n\r\n"
    )
    return head.encode() + content, f"\r\n--{BOUNDARY}--\r\n".encode()


def _length(name: str, content: bytes, sparse_bytes: int) -> int:
    head, tail = _multipart(name, content)
    return len(head) + len(tail) + max(0, sparse_bytes - len(content))


def _stream(head: bytes, tail: bytes, sparse_bytes: int) -> Iterator[bytes]:
    yield head
    zeros = max(0, sparse_bytes - len(head.rpartition(b"\r\n\r\n")[2]))
    for _ in range(zeros // len(CHUNK)):
        yield CHUNK
    yield CHUNK[: zeros % len(CHUNK)] + tail
