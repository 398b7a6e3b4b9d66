"""A person who leaves an installation, and others who stay and work on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import psycopg
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from benchmarks.leaver import PASSWORD
from benchmarks.mail_sink import MailSink
from benchmarks.pictures import make_trial_photo
from benchmarks.processes import ROOT
from benchmarks.product import Product
from benchmarks.site import Site

EMAIL = "wanda.leaver@example.org"
PHOTOS, SLOW_JOBS, SLOW_S = 6, 10, 30
GIVE_UP_S = 240.0
FINAL = ("completed", "failed", "cancelled")


class LeavingProduct(Product):
    """The production product with a mail server of our own."""

    def __init__(self, folder: Path, sink: MailSink, mutant: str | None) -> None:
        presets = ("trial_colour", "trial_invert", "trial_steps")
        super().__init__(folder, lease_s=15, nodes=2, workers=2, mutant=mutant, presets=presets)
        self.sink = sink

    @property
    def environ(self) -> dict[str, str]:
        return super().environ | {"EMAIL_URL": self.sink.url, "TRIES_PER_ADDRESS": "1000"}

    def _furnish(self) -> None:
        super()._furnish()
        self._manage("collectstatic", "--noinput", "--verbosity", "0")

    def make_leaver(self) -> dict[str, Any]:
        command = [sys.executable, "-m", "benchmarks.leaver", EMAIL]
        environ = {**os.environ, **self.environ, "LOG_LEVEL": "ERROR"}
        made = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=True)
        found: dict[str, Any] = json.loads(made.stdout.splitlines()[-1])
        return found

    def read(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.stack.postgres.url, autocommit=True) as connection:
            return connection.execute(query.encode(), values).fetchall()

    def write(self, statement: str, *values: object) -> None:
        with psycopg.connect(self.stack.postgres.url, autocommit=True) as connection:
            connection.execute(statement.encode(), values)


class Stayers:
    """Other people, each of whom starts a picture, waits for it and starts the next."""

    def __init__(self, url: str, keys: list[str]) -> None:
        self.jobs: list[str] = []
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._work, args=(url, key), daemon=True) for key in keys]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Returns when everybody has their last picture."""
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _work(self, url: str, key: str) -> None:
        with _program(url, key) as http:
            while not self._over.is_set():
                job = _submit(http, "trial_colour", {})
                self.jobs.append(job)
                until(lambda job=job: http.get(f"/api/v1/jobs/{job}").json()["status"] in FINAL)  # type: ignore[misc]


@dataclass
class Leaver:
    """The person who leaves, their ids, and what they have open."""

    facts: dict[str, Any]
    url: str
    folder: Path
    ids: list[str] = field(default_factory=list)
    sockets: list[ClientConnection] = field(default_factory=list)
    closing: ExitStack = field(default_factory=ExitStack)

    def live(self, product: LeavingProduct) -> None:
        """Has photos and finished pictures, an export, jobs that run and wait, and open sockets."""
        with _program(self.url, self.facts["key"]) as http:
            for number in range(PHOTOS):
                photo = make_trial_photo(number, self.folder)
                files = {"file": ("wandas-photo.png", photo.read_bytes(), "image/png")}
                upload = _made(http.post("/api/v1/uploads", files=files))["id"]
                self.ids += [upload, _submit(http, "trial_invert", {}, upload_id=upload)]
            until(lambda: self._done(product) >= PHOTOS)
            self._export(product)
            slow = [_submit(http, "trial_steps", {"seconds": SLOW_S}) for _ in range(SLOW_JOBS)]
            self.ids += slow
        until(lambda: self.count(product, "processing") > 0)
        self._open(f"/ws/jobs/{slow[-1]}", {"X-API-Key": self.facts["key"]})
        self._open(f"/ws/jobs/{slow[-2]}", {"Authorization": f"Bearer {self.facts['token']}"})
        self._open("/ws/me", {"Cookie": self.facts["cookie"]})

    def ask(self) -> None:
        """Asks for the deletion on the page, with the password."""
        site = self._site()
        site.token = site.read_token("/account/delete/")
        answer = site.post("/account/delete/", {"password": PASSWORD})
        assert answer.status_code == 302, answer.text[:500]

    def still_open(self) -> int:
        """How many sockets, keys, tokens and sessions still work; sockets have some seconds to close."""
        until = time.monotonic() + 10
        working = sum(not _closes(socket, until) for socket in self.sockets)
        for headers in (
            {"X-API-Key": self.facts["key"]},
            {"Authorization": f"Bearer {self.facts['token']}"},
        ):
            answer = httpx2.get(f"{self.url}/api/v1/jobs", headers=headers, trust_env=False)
            working += answer.status_code != 401
        page = self._site().http.get("/home/")
        return working + (page.status_code != 302)

    def owns(self, path: str) -> bool:
        """Whether a stored file has the id of one of the person's jobs or photos in its name."""
        return any(each in path for each in self.ids)

    def _export(self, product: LeavingProduct) -> None:
        site = self._site()
        site.token = site.read_token("/accounts/reauthenticate/")
        site.post("/accounts/reauthenticate/", {"password": PASSWORD})
        site.token = site.read_token("/account/data/")
        assert site.post("/account/data/export/", {}).status_code == 302
        until(lambda: bool(product.read("SELECT 1 FROM accounts_dataexport WHERE done_at IS NOT NULL")))

    def _site(self) -> Site:
        site = Site(self.url, self.folder)
        name, _, value = self.facts["cookie"].partition("=")
        site.http.cookies.set(name, value)
        return site

    def _open(self, path: str, headers: dict[str, str]) -> None:
        address = f"ws{self.url.removeprefix('http')}{path}"
        opening = connect(address, origin=Origin(self.url), additional_headers=headers, proxy=None)
        socket = self.closing.enter_context(opening)
        socket.recv(timeout=30)
        self.sockets.append(socket)

    def _done(self, product: LeavingProduct) -> int:
        return self.count(product, "completed")

    def count(self, product: LeavingProduct, status: str) -> int:
        query = "SELECT count(*) FROM jobs_job WHERE owner_id = %s AND status = %s"
        return int(product.read(query, self.facts["id"], status)[0][0])


def _program(url: str, key: str) -> httpx2.Client:
    return httpx2.Client(base_url=url, headers={"X-API-Key": key}, timeout=30, trust_env=False)


def _submit(http: httpx2.Client, preset: str, parameters: dict[str, object], **more: object) -> str:
    job: str = _made(http.post("/api/v1/jobs", json={"preset": preset, "parameters": parameters, **more}))[
        "job_id"
    ]
    return job


def _made(answer: httpx2.Response) -> dict[str, Any]:
    assert answer.status_code in (201, 202), answer.text
    made: dict[str, Any] = answer.json()
    return made


def _closes(socket: ClientConnection, until: float) -> bool:
    with suppress(TimeoutError):
        while (left := until - time.monotonic()) > 0:
            try:
                socket.recv(timeout=left)
            except ConnectionClosed:
                return True
    return False


def until(holds: Callable[[], bool]) -> None:
    """Raises TimeoutError after GIVE_UP_S."""
    until = time.monotonic() + GIVE_UP_S
    while not holds():
        if time.monotonic() > until:
            raise TimeoutError
        time.sleep(0.2)
