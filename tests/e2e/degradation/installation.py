"""The smallest installation on the production profile: one web, worker, beat and node, with its own servers.

`with away(part): …` kills a part while the installation runs, and starts it again at the end of the block.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Protocol, Self

import httpx2
import psycopg
from websockets.sync.client import connect

from benchmarks.processes import ROOT, Process, start_node, wait_until_healthy
from tests.e2e.degradation.mailbox import Mailbox
from tests.services import Stack
from tests.services.process import free_port, wait_until

PRESETS = ("trial_colour", "trial_invert")
EMAIL, PASSWORD = "person@example.org", "correct horse battery"
ANSWER_S = 20.0
PATIENCE_S = 120.0
"""Only a failing test waits this long."""


class Part(Protocol):
    """A server or a process that can be killed without warning and started again."""

    def kill(self) -> None: ...

    def start(self) -> object: ...


@contextmanager
def away(part: Part) -> Iterator[None]:
    """Kills the part for the length of the block. Starts it again even if the block raises."""
    part.kill()
    try:
        yield
    finally:
        part.start()


class Installation:
    """One user has two clients: `api` with an API key, `person` signed in with cookies like a browser."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.stack = Stack()
        self.mailbox = Mailbox()
        self.url = f"http://127.0.0.1:{free_port()}"
        self._ending = ExitStack()

    @classmethod
    @contextmanager
    def running(cls, folder: Path) -> Iterator[Self]:
        """Starts an installation for the length of the block."""
        made = cls(folder)
        try:
            made.start()
            yield made
        finally:
            made.close()

    def start(self) -> None:
        """If a step fails, `close` still ends every part that was started."""
        self._ending.callback(self.stack.close)
        self.stack.start()
        self.mailbox.start()
        self._ending.callback(self.mailbox.kill)
        self.node, self.node_url = start_node(self.folder / "node", "--threads", "1")
        self._ending.callback(self.node.kill_all)
        key = self.run("-m", "tests.e2e.degradation.furnish", self.address_of_node()).split()[-1]
        self.web = self._begin("web", "Web is on", "--port", self.url.rpartition(":")[2])
        self.beat = self._begin("beat", "Beat is on")
        self.worker = self._begin("worker", "Worker is on")
        wait_until_healthy(self.url)
        self.worker.wait_until_ready()
        self.api = self._client({"X-API-Key": key}, "/api/v1")
        self.person = self.sign_in()

    def address_of_node(self) -> str:
        """The address under which the node is registered."""
        return self.node_url

    def close(self) -> None:
        self._ending.close()

    @property
    def processes(self) -> list[Process]:
        return [self.web, self.beat, self.worker]

    @property
    def environ(self) -> dict[str, str]:
        return {
            **self.stack.environ,
            "ENVIRONMENT": "production",
            "HTTPS": "false",
            "SECRET_KEY": "for-tests-only-" * 4,
            "ALLOWED_HOSTS": "127.0.0.1",
            "DATA_DIR": str(self.folder),
            "INSTANCE": "degraded",
            "LEASE_SECONDS": "4",
            "LEASE_RENEW_SECONDS": "1",
            "EMAIL_URL": self.mailbox.url,
            "TRIES_PER_ADDRESS": "1000",  # all people of a test share the address
        }

    @contextmanager
    def another_web(self) -> Iterator[str]:
        """A second web process for the length of the block; yields its address."""
        url = f"http://127.0.0.1:{free_port()}"
        process = self._begin("web", "Web is on", "--port", url.rpartition(":")[2])
        try:
            wait_until_healthy(url)
            yield url
        finally:
            process.kill_all()

    def stranger(self) -> httpx2.Client:
        """Returns a browser that is not signed in."""
        return self._client({"Accept": "text/html"})

    def make_key(self, *scopes: str) -> str:
        """A new API key of the person."""
        chosen = [word for scope in scopes for word in ("--scope", scope)]
        return self.run("manage.py", "api_keys", "create", EMAIL, *chosen).strip()

    def sign_in(self) -> httpx2.Client:
        """Returns a browser that has signed in with the form."""
        visitor = self.stranger()
        answer = post_form(visitor, "/accounts/login/", {"login": EMAIL, "password": PASSWORD})
        assert answer.headers.get("location") == "/home/", answer.text
        return visitor

    def ready(self) -> tuple[int, str]:
        """Returns the status code and the status that a load balancer reads from /ready."""
        answer = self._ask_ready()
        return answer.status_code, answer.json()["status"]

    def missing(self) -> list[str]:
        """Returns the parts that /ready names."""
        parts: list[str] = self._ask_ready().json()["missing"]
        return parts

    def wait_until_whole(self) -> None:
        self.wait_until_ready_says(200, "ok")

    def wait_until_ready_says(self, *wanted: object) -> None:
        """Waits: /ready repeats its last answer for a second."""
        wait_until(lambda: self.ready() == wanted, f"/ready does not say {wanted}", PATIENCE_S)

    def submit(self, **body: Any) -> httpx2.Response:
        """Asks for a job, of preset trial_colour by default. `seconds` is how long the node takes."""
        seconds = body.pop("seconds", 0.0)
        wish = {"preset": "trial_colour", "parameters": {"seconds": seconds}} | body
        return self.api.post("/jobs", json=wish)

    def begin_job(self, seconds: float = 0.0) -> str:
        """Submits a job that must be accepted, and returns its id."""
        answer = self.submit(seconds=seconds)
        assert answer.status_code == 202, answer.text
        return str(answer.json()["job_id"])

    def job(self, job_id: str) -> dict[str, Any]:
        answer = self.api.get(f"/jobs/{job_id}")
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    def wait_for(self, job_id: str, **wanted: str) -> dict[str, Any]:
        """Waits until the job has the wanted values, such as `status="completed"`. Returns the job."""

        found: dict[str, Any] = {}

        def looks_so() -> bool:
            found.update(self.job(job_id))
            return wanted.items() <= found.items()

        wait_until(looks_so, f"job {job_id} is not {wanted}", PATIENCE_S)
        return found

    def watch(self, job_id: str) -> list[str]:
        """Returns what the browser of `person` receives on a job's socket until the server closes it.

        One entry per message: its status, or "heartbeat" for a message without one.
        """
        cookies = "; ".join(f"{name}={value}" for name, value in self.person.cookies.items())
        headers = {"Cookie": cookies, "Origin": self.url}
        where = f"{self.url.replace('http', 'ws', 1)}/ws/jobs/{job_id}"
        shown: list[str] = []
        deadline = time.monotonic() + PATIENCE_S
        with connect(where, additional_headers=headers, proxy=None) as socket:
            for message in socket:
                assert time.monotonic() < deadline, f"only {shown}"
                shown += [json.loads(message).get("status", "heartbeat")]
        return shown

    def credits(self) -> int:
        """Returns the person's unspent credits, which include those reserved for unfinished jobs."""
        return self.number(
            "SELECT available + reserved FROM billing_creditaccount a JOIN accounts_user u ON u.id = a.owner_id "
            f"WHERE email = '{EMAIL}'"
        )

    def number(self, query: str) -> int:
        """Returns the single number that `query` reads from the database."""
        with psycopg.connect(self.stack.postgres.url) as connection:
            return int(connection.execute(query).fetchone()[0])  # type: ignore[index]  # one row

    def _ask_ready(self) -> httpx2.Response:
        return httpx2.get(f"{self.url}/ready", timeout=ANSWER_S, trust_env=False)

    def _client(self, headers: dict[str, str], under: str = "") -> httpx2.Client:
        client = httpx2.Client(base_url=self.url + under, headers=headers, timeout=ANSWER_S, trust_env=False)
        self._ending.callback(client.close)
        return client

    def _begin(self, role: str, ready: str, *options: str) -> Process:
        process = Process(
            ["manage.py", role, *options], log=self.folder / f"{role}.log", ready=ready, environ=self.environ
        )
        self._ending.callback(process.kill_all)
        process.spawn()
        return process

    def run(self, *words: str) -> str:
        """Runs Python with these arguments in the environment of the installation; returns what it prints."""
        environ = {**os.environ, **self.environ, "LOG_LEVEL": "ERROR"}
        done = subprocess.run([sys.executable, *words], cwd=ROOT, env=environ, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout


def post_form(visitor: httpx2.Client, path: str, form: dict[str, str]) -> httpx2.Response:
    """Posts a form like a browser: gets the page first, for its CSRF cookie."""
    page = visitor.get(path)
    assert page.status_code == 200, page.text
    return visitor.post(path, data=form | {"csrfmiddlewaretoken": visitor.cookies["csrftoken"]})
