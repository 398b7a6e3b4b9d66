"""People of a product under attack, and the crowd against it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx2
from websockets.sync.client import connect

from tests.e2e.product.serving import Product
from tests.e2e.product.visitor import Visitor

ROOT = Path(__file__).resolve().parents[3]
LONGEST_S = 50


class Person:
    """Someone with an account, a session and an API key."""

    def __init__(self, product: Product, name: str) -> None:
        email = f"{name}@example.org"
        self.product = product
        self.visitor = Visitor(product.url, email)
        self.cookie = "; ".join(f"{name}={value}" for name, value in self.visitor.http.cookies.items())
        product.endow(email)
        self.key = product.manage("create_api_key", email).strip()

    def first_message(self, path: str = "/ws/me") -> str:
        """Opens a socket as a page does; the text that comes first."""
        url = self.product.url
        headers = {"Cookie": self.cookie, "Origin": url}
        with connect(
            url.replace("http", "ws", 1) + path, additional_headers=headers, proxy=None, open_timeout=60
        ) as socket:
            return str(socket.recv(60))

    def page(self, path: str = "/home/") -> bool:
        """Loads a page on a connection of its own; whether it came."""
        try:
            answer = self.visitor.http.get(path, headers={"Connection": "close"}, timeout=5)
        except httpx2.TransportError:
            return False
        return answer.status_code == 200

    def program(self) -> httpx2.Client:
        """Someone's program with the key."""
        return httpx2.Client(
            base_url=f"{self.product.url}/api/v1",
            headers={"X-API-Key": self.key},
            trust_env=False,
            timeout=60,
        )

    def start_job(self, photo: Path) -> str:
        """Uploads the photo and returns the id of a job with it."""
        with self.program() as program:
            upload = program.post("/uploads", files={"file": (photo.name, photo.read_bytes())}).json()
            job = program.post("/jobs", json={"preset": "cinematic", "upload_id": upload["id"]})
            assert job.status_code == 202, job.text
        return str(job.json()["job_id"])

    def status_of(self, job: str) -> str:
        with self.program() as program:
            return str(program.get(f"/jobs/{job}").json()["status"])


@contextmanager
def crowd(product: Product, kind: str, count: int, *arguments: str) -> Iterator[list[int]]:
    """Runs `tests.e2e.attack.crowd` within the block; the list has how many were served, at its end."""
    port = str(urlsplit(product.url).port)
    command = [
        sys.executable,
        "-m",
        "tests.e2e.attack.crowd",
        kind,
        port,
        str(count),
        str(LONGEST_S),
        *arguments,
    ]
    served: list[int] = []
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        try:
            yield served
        finally:
            process.stdin.close()
            served.append(int(process.stdout.readline() or 0))
