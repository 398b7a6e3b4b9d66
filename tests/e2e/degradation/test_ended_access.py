"""Two web processes on one database and Redis: what one ends, the other closes; what one takes, the other refuses."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx2
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.e2e.degradation.installation import ANSWER_S, PASSWORD, Installation, post_form
from tests.e2e.degradation.secured import EMAIL

pytestmark = [pytest.mark.services, pytest.mark.chaos]
CLOSED_WITHIN_S = 5.0
SIGNED_OUT = 4401
AT_ONCE = 4


@pytest.fixture
def second(installation: Installation) -> Iterator[str]:
    """The address of another web process of the installation."""
    with installation.another_web() as address:
        yield address


@pytest.fixture
def at_second(installation: Installation, second: str) -> Iterator[httpx2.Client]:
    """The person's browser, whose requests reach the second process."""
    with httpx2.Client(base_url=second, timeout=ANSWER_S, trust_env=False) as client:
        client.cookies = installation.person.cookies
        yield client


def open_socket(installation: Installation, browser: httpx2.Client) -> ClientConnection:
    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    headers = {"Cookie": cookies, "Origin": installation.url}
    where = f"{installation.url.replace('http', 'ws', 1)}/ws/me"
    return connect(where, additional_headers=headers, proxy=None)


def end_others(browser: httpx2.Client) -> None:
    """Presses "Sign out everywhere else"."""
    browser.get("/account/sessions/")
    form = {"csrfmiddlewaretoken": browser.cookies["csrftoken"]}
    answer = browser.post("/account/sessions/end/", data=form)
    assert answer.status_code == 302, answer.text


def code_of(socket: ClientConnection) -> int:
    """Reads until the server closes the socket, and returns its code."""
    try:
        while True:
            socket.recv(timeout=ANSWER_S)
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else 0


def test_a_session_ended_in_one_process_is_closed_in_the_other(
    installation: Installation, at_second: httpx2.Client
) -> None:
    leaving = installation.sign_in()
    with (
        open_socket(installation, leaving) as socket,
        open_socket(installation, installation.person) as staying,
    ):
        began = time.monotonic()
        end_others(at_second)
        refused = leaving.get("/home/")
        assert (code_of(socket), refused.status_code) == (SIGNED_OUT, 302)
        closed_s = time.monotonic() - began
        assert closed_s < CLOSED_WITHIN_S
        staying.ping().wait(ANSWER_S)
    assert installation.person.get("/home/").status_code == 200
    print(f"closed after {closed_s:.2f} s")  # noqa: T201


def test_a_program_signed_out_in_one_process_loses_its_stream_in_the_other(
    installation: Installation, at_second: httpx2.Client
) -> None:
    token = installation.run("-m", "tests.e2e.degradation.secured", "token").split()[-1]
    job = installation.begin_job(seconds=60)
    headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
    with httpx2.stream(
        "GET",
        f"{installation.url}/api/v1/jobs/{job}/events",
        headers=headers,
        timeout=ANSWER_S,
        trust_env=False,
    ) as stream:
        assert stream.status_code == 200
        lines = stream.iter_lines()
        next(lines)
        began = time.monotonic()
        end_others(at_second)
        for _ in lines:
            assert time.monotonic() - began < CLOSED_WITHIN_S
        print(f"stream ended after {time.monotonic() - began:.2f} s")  # noqa: T201
    again = httpx2.get(f"{installation.url}/api/v1/jobs", headers=headers, timeout=ANSWER_S, trust_env=False)
    assert again.status_code == 401
    installation.api.post(f"/jobs/{job}/cancel")


def test_a_code_that_several_use_at_once_lets_one_in(installation: Installation, second: str) -> None:
    """Each has the right password; they send the same code at the same moment, through both processes."""
    code = installation.run("-m", "tests.e2e.degradation.secured", "add").split()[-1]
    browsers = [
        httpx2.Client(base_url=url, timeout=ANSWER_S, trust_env=False, headers={"Accept": "text/html"})
        for url in (installation.url, second) * (AT_ONCE // 2)
    ]
    for browser in browsers:
        answer = post_form(browser, "/accounts/login/", {"login": EMAIL, "password": PASSWORD})
        assert answer.headers["location"].endswith("/authenticate/"), answer.text
        browser.get(answer.headers["location"])
    ready = threading.Barrier(AT_ONCE)

    def send(browser: httpx2.Client) -> bool:
        form = {"code": code, "csrfmiddlewaretoken": browser.cookies["csrftoken"]}
        ready.wait()
        browser.post("/accounts/factors/authenticate/", data=form)
        return browser.get("/home/").status_code == 200

    with ThreadPoolExecutor(AT_ONCE) as pool:
        assert sorted(pool.map(send, browsers)) == [False] * (AT_ONCE - 1) + [True]
    for browser in browsers:
        browser.close()
