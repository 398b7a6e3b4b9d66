"""A client that uses the site as a browser does: with a session and form tokens.

It does not follow redirects.
"""

from __future__ import annotations

import re
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2

DEMO_EMAIL = "demo@creator.local"
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


class Site:
    """One signed-in user. The cookies still work after a restart of the server."""

    def __init__(self, url: str, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.http = httpx2.Client(base_url=url, timeout=30, trust_env=False)
        self.token = ""

    def move_to(self, url: str) -> None:
        """Uses the server's new address after a restart."""
        self.http.base_url = httpx2.URL(url)

    def sign_in(self) -> None:
        """Signs in to the demo account with the form."""
        self.token = self.read_token("/accounts/login/")
        password = (self.data_dir / "demo_password").read_text()
        answer = self.post("/accounts/login/", {"login": DEMO_EMAIL, "password": password})
        assert answer.status_code == 302, answer.text
        self.token = self.read_token("/new/")

    def upload(self, photo: Path) -> str:
        """Sends one photo and returns its id."""
        files = {"file": (photo.name, photo.read_bytes(), "application/octet-stream")}
        answer = self.post("/uploads/", {}, files=files)
        assert answer.status_code == 201, answer.text
        upload_id: str = answer.json()["id"]
        return upload_id

    def submit(
        self, preset: str, values: dict[str, object], uploads: list[str] | None = None, key: str | None = None
    ) -> str:
        """Submits a batch and returns the path of the redirect: the job's page or home.

        `key` is the idempotency key.
        """
        fields = {f"p-{name}": str(value) for name, value in values.items()}
        fields |= {"preset": preset, "key": key or str(uuid.uuid4()), "format": "png"}
        answer = self.post("/new/", {**fields, "upload": uploads or []})
        assert answer.status_code == 302, f"{answer.status_code}: {answer.text[:500]}"
        return urlsplit(answer.headers["Location"]).path

    def post(self, path: str, fields: dict[str, object], **more: Any) -> httpx2.Response:
        data = {"csrfmiddlewaretoken": self.token, **fields}
        return self.http.post(path, data=data, **more)

    @property
    def cookies(self) -> str:
        """The `Cookie` header for a WebSocket of the same user."""
        return "; ".join(f"{name}={value}" for name, value in self.http.cookies.items())

    def read_token(self, path: str) -> str:
        page = self.http.get(path)
        found = _TOKEN.search(page.text)
        assert found, f"no form on {path}: {page.status_code}"
        return found[1]
