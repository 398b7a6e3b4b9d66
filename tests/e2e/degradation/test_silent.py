"""One test per part of the table of bounds in docs/production.md: the part takes everything and says nothing.

No process dies and no port closes: a network that swallows everything lies between the product and the part.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from benchmarks.pictures import make_trial_photo
from tests.e2e.degradation.installation import PASSWORD, PATIENCE_S, Installation, post_form
from tests.services.process import wait_until
from tests.services.silent_proxy import SilentProxy

pytestmark = [pytest.mark.services, pytest.mark.chaos]
ANSWERED_S = 10.0
READY_S = 2.0
BACK_S = 10.0
BROKER_BACK_S = 20.0
"""Of a short silence: Celery counts missed heartbeats from its beginning."""
MARGIN_S = 2.0
"""A loaded machine's, for one request; `pytest -s` prints the times."""
BACK_MARGIN_S = 10.0
"""A loaded machine's, until /ready has found every part at once: each look at a part has 2 s."""
ADDRESSES = {
    "database": "DATABASE_URL",
    "broker": "BROKER_URL",
    "cache": "REDIS_URL",
    "storage": "S3_ENDPOINT_URL",
}


class FarInstallation(Installation):
    """Reaches each of its parts over a proxy of its own: `ways["database"]` and so on."""

    @cached_property
    def ways(self) -> dict[str, SilentProxy]:
        addresses = {part: self.stack.environ[name] for part, name in ADDRESSES.items()}
        addresses |= {"mail": self.mailbox.url, "node": self.node_url}
        ways = {part: SilentProxy(urlsplit(address).port or 0) for part, address in addresses.items()}
        for way in ways.values():
            self._ending.callback(way.close)
        return ways

    @property
    def environ(self) -> dict[str, str]:
        plain = super().environ
        names = ADDRESSES | {"mail": "EMAIL_URL"}
        return plain | {name: self.ways[part].through(plain[name]) for part, name in names.items()}

    def address_of_node(self) -> str:
        return self.ways["node"].through(self.node_url)

    @contextmanager
    def silent(self, part: str) -> Iterator[None]:
        self.ways[part].fall_silent()
        try:
            yield
        finally:
            self.ways[part].speak()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FarInstallation]:
    """Replaces the folder's installation in this module."""
    with FarInstallation.running(tmp_path_factory.mktemp("far")) as made:
        yield made


def timed(call: Any, *words: Any, **named: Any) -> tuple[float, httpx2.Response]:
    began = time.monotonic()
    answer = call(*words, **named)
    return time.monotonic() - began, answer


def note(times: object) -> None:
    sys.stdout.write(f"{times}\n")


def assert_missing(installation: FarInstallation, part: str) -> None:
    """/ready names the part as soon as its last answer is forgotten, and takes no longer than its bound."""
    took_s: list[float] = []

    def is_named() -> bool:
        seconds, answer = timed(installation._ask_ready)
        took_s.append(seconds)
        return bool(answer.json()["missing"] == [part])

    wait_until(is_named, f"/ready does not name {part}", PATIENCE_S)
    note(f"/ready: {max(took_s):.1f} s")
    assert max(took_s) < READY_S + MARGIN_S


def is_refused(answer: httpx2.Response) -> bool:
    """Whether it is 503 in our words, with a time to come back: the envelope, or our page."""
    ours = "service_unavailable" in answer.text or "Back in a moment" in answer.text
    return answer.status_code == 503 and ours and "retry-after" in answer.headers


def test_postgresql(installation: FarInstallation, tmp_path: Path) -> None:
    """Cut off while it is busy; every door answers, each job is run once, and all is well soon after."""
    photo = make_trial_photo(1, tmp_path).read_bytes()
    doors: list[tuple[Any, Any, dict[str, Any]]] = [
        (installation.api.get, "/jobs", {}),
        (installation.submit, None, {}),
        (installation.person.get, "/home/", {}),
        (installation.person.get, "/jobs/", {}),
        (installation.person.get, "/new/", {}),
        (installation.api.post, "/uploads", {"files": {"file": ("photo.png", photo, "image/png")}}),
    ]
    running = [installation.begin_job(seconds=3) for _ in range(4)]
    installation.wait_for(running[0], stage="running")
    processes = [each.pid for each in installation.processes]
    with ThreadPoolExecutor(32) as threads:
        busy = [threads.submit(installation.person.get, "/home/") for _ in range(12)]
        with installation.silent("database"):
            assert_missing(installation, "database")
            for _ in range(3):
                asked = [
                    threads.submit(timed, call, *([path] if path else []), **options)
                    for call, path, options in doors
                ]
                answers = [each.result() for each in asked]
                note([f"{seconds:.1f} {answer.status_code}" for seconds, answer in answers])
                assert max(seconds for seconds, _ in answers) < ANSWERED_S + MARGIN_S
                assert [answer.status_code for _, answer in answers if not is_refused(answer)] == []
                assert_missing(installation, "database")
        began = time.monotonic()
        wait_until(lambda: installation.ready() == (200, "ok"), "it does not come back", PATIENCE_S)
        newcomer = installation.begin_job()
        installation.wait_for(newcomer, status="completed")
        back_s = time.monotonic() - began
        note(f"back after {back_s:.1f} s")
        assert back_s < BACK_S + BACK_MARGIN_S
        assert all(each.result().status_code in (200, 503) for each in busy)
    for job in running:
        installation.wait_for(job, status="completed")
    assert_run_once(installation, [*running, newcomer])
    assert [each.pid for each in installation.processes if each.is_running] == processes


def test_rabbitmq(installation: FarInstallation) -> None:
    with installation.silent("broker"):
        took_s, answer = timed(installation.submit)
        assert (answer.status_code, took_s < ANSWERED_S) == (202, True)
        assert_missing(installation, "broker")
    began = time.monotonic()
    installation.wait_for(answer.json()["job_id"], status="completed")
    installation.wait_until_whole()
    back_s = time.monotonic() - began
    note(f"back after {back_s:.1f} s")
    assert back_s < BROKER_BACK_S + BACK_MARGIN_S


def test_redis(installation: FarInstallation) -> None:
    with installation.silent("cache"):
        for _ in range(4):
            took_s, answer = timed(installation.person.get, "/home/")
            assert (answer.status_code, took_s < 2 + MARGIN_S) == (200, True)
        assert_missing(installation, "cache")
        assert installation.watch(installation.begin_job(seconds=1))[-1] == "completed"
    began = time.monotonic()
    installation.wait_until_whole()
    assert time.monotonic() - began < BACK_S + BACK_MARGIN_S


def test_s3(installation: FarInstallation, tmp_path: Path) -> None:
    photo = {"file": ("photo.png", make_trial_photo(2, tmp_path).read_bytes(), "image/png")}
    with installation.silent("storage"):
        job = installation.begin_job()
        assert_missing(installation, "storage")
        took_s, refused = timed(installation.api.post, "/uploads", files=photo)
        note(f"upload refused after {took_s:.1f} s")
        assert (is_refused(refused), took_s < ANSWERED_S + MARGIN_S) == (True, True)
        assert installation.person.get(f"/jobs/{job}/").status_code == 200
        installation.wait_for(job, status="processing", stage="saving")
    began = time.monotonic()
    installation.wait_for(job, status="completed")
    assert installation.api.post("/uploads", files=photo).status_code == 201
    assert time.monotonic() - began < BACK_S + BACK_MARGIN_S
    assert_run_once(installation, [job])


def test_mail(installation: FarInstallation) -> None:
    account = {"email": "silent@example.org", "password1": PASSWORD, "password2": PASSWORD}
    with installation.silent("mail"):
        took_s, answer = timed(post_form, installation.stranger(), "/accounts/signup/", account)
        assert (answer.status_code, took_s < ANSWERED_S) == (302, True)
        installation.wait_for(installation.begin_job(), status="completed")
    got = installation.mailbox.got
    wait_until(lambda: got("Confirm your email address") == [account["email"]], "no mail", PATIENCE_S)


def test_nodes(installation: FarInstallation) -> None:
    """A node that swallows everything loses its prompts; they run once it is heard again."""
    with installation.silent("node"):
        job = installation.begin_job()
        wait_until(lambda: installation.missing() == ["nodes"], "the node is not missed", PATIENCE_S)
        assert installation.person.get(f"/jobs/{job}/").status_code == 200
    installation.wait_for(job, status="completed")


def assert_run_once(installation: FarInstallation, jobs: list[str]) -> None:
    """One attempt and one charge each."""
    ids = ", ".join(f"'{job}'" for job in jobs)
    holds = ", ".join(f"'job:{job}'" for job in jobs)
    attempts = f"SELECT count(*) FROM jobs_attempt WHERE job_id IN ({ids})"
    charges = f"SELECT count(*) FROM billing_hold WHERE state = 'settled' AND reference IN ({holds})"
    assert [installation.number(query) for query in (attempts, charges)] == [len(jobs), len(jobs)]
