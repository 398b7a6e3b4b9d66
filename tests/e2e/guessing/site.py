"""A site of two web processes on one PostgreSQL and one Redis, and a guesser who tries everything at once."""

from __future__ import annotations

import copy
import os
import subprocess
import sys
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx2
import psycopg

from benchmarks.processes import ROOT, Process

TRIES = 200
CSRF = "a" * 32
ANSWER_S = 300.0
Forms = Callable[[int], Mapping[str, str]]


class Site:
    """`urls` are those of its processes. `settings` are environment variables."""

    def __init__(self, folder: Path, services: Mapping[str, str], **settings: str) -> None:
        name = f"guessing_{uuid.uuid4().hex[:8]}"
        with psycopg.connect(services["DATABASE_URL"], autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}"')  # type: ignore[arg-type]
        self.folder = folder
        self.urls: list[str] = []
        self.environ = {
            **os.environ,
            "ENVIRONMENT": "local",
            "DATA_DIR": str(folder),
            "INSTANCE": name.replace("_", "-"),
            "DATABASE_URL": services["DATABASE_URL"].rpartition("/")[0] + f"/{name}",
            "REDIS_URL": services["REDIS_URL"],
            **settings,
        }

    def furnish(self) -> None:
        command = [sys.executable, "-m", "tests.e2e.guessing.furnish"]
        subprocess.run(command, cwd=ROOT, env=self.environ, check=True)

    @contextmanager
    def serving(self, **settings: str) -> Iterator[Site]:
        """Two web processes for the length of the block."""
        with ExitStack() as ending:
            started = [
                Process(
                    ["manage.py", "web", "--port", "0"],
                    log=self.folder / f"web-{uuid.uuid4().hex}.log",
                    ready="Web is on",
                    environ=self.environ | settings,
                )
                for _ in range(2)
            ]
            for process in started:
                ending.callback(process.kill_all)
            served = copy.copy(self)
            served.urls = [process.start() for process in started]
            yield served

    def guess(
        self, path: str, forms: Forms, *, source: str, cookies: Mapping[str, str] = {}, as_json: bool = False
    ) -> Counter[int]:
        """Posts TRIES forms at once from the address `source`, half to each process, each with another
        `X-Forwarded-For`. Returns how many answers had each status."""
        start = threading.Barrier(TRIES)

        def post(number: int) -> int:
            with browser(self.urls[number % 2], source, cookies) as client:
                client.headers["X-Forwarded-For"] = f"203.0.113.{number}, 198.51.100.{number}"
                start.wait()
                if as_json:
                    return client.post(path, json=forms(number)).status_code
                return client.post(path, data={**forms(number), "csrfmiddlewaretoken": CSRF}).status_code

        with ThreadPoolExecutor(TRIES) as pool:
            return Counter(pool.map(post, range(TRIES)))


def browser(url: str, source: str, cookies: Mapping[str, str] = {}) -> httpx2.Client:
    """A browser at the address `source` of this machine: all of 127.0.0.0/8 is."""
    return httpx2.Client(
        base_url=url,
        transport=httpx2.HTTPTransport(local_address=source),
        headers={"Accept": "text/html"},
        cookies={"csrftoken": CSRF, **cookies},
        timeout=ANSWER_S,
        trust_env=False,
    )
