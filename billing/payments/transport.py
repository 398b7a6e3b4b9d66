"""How a call reaches Stripe and ends in time, with or without an answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotInTime
from typing import Any

import requests
import stripe

from creator.lib.bounds import STRIPE_CONNECT_S

AT_ONCE = 16
"""Calls of one process at a time; more wait, and the wait counts."""


class Transport(stripe.HTTPClient):
    """Sends a call in a thread of its own and waits `time_left()` seconds for the whole answer.

    The bounds of `requests` hold for each address of a name and for each read of an answer; looking up the name has
    none. So a call can take many times as long, and its thread is left to it.
    """

    name = "requests"

    def __init__(self, time_left: Callable[[], float]) -> None:
        super().__init__()
        self._time_left = time_left
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="stripe")

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        """As `stripe.HTTPClient`. Raises APIConnectionError without an answer in time."""
        wait_s = self._time_left()
        sent = self._threads.submit(self._send, method, url, headers, post_data, max(wait_s, 0.1))
        try:
            return sent.result(timeout=max(wait_s, 0))
        except NotInTime as error:
            sent.cancel()
            raise _no_answer(f"none in {wait_s:.1f} s") from error
        except (requests.RequestException, ValueError) as error:
            raise _no_answer(type(error).__name__) from error

    def _send(
        self, method: str, url: str, headers: Mapping[str, str] | None, body: Any, wait_s: float
    ) -> tuple[str, int, Mapping[str, str]]:
        answer = self._session().request(
            method,
            url,
            headers=dict(headers or {}),
            data=body,
            timeout=(min(STRIPE_CONNECT_S, wait_s), wait_s),
            allow_redirects=False,
            verify=stripe.ca_bundle_path,
        )
        _check_sender(answer)
        return answer.content.decode(), answer.status_code, answer.headers

    def _session(self) -> requests.Session:
        """The thread's own: it keeps its connections open for the next call."""
        session: requests.Session | None = getattr(self._thread_local, "session", None)
        if session is None:
            session = self._thread_local.session = requests.Session()
        return session


def _no_answer(reason: str) -> stripe.APIConnectionError:
    return stripe.APIConnectionError(reason)  # type: ignore[no-untyped-call]


def _check_sender(answer: requests.Response) -> None:
    """Raises ValueError for an answer that a proxy or a portal gave in Stripe's place."""
    body = answer.json()
    if not isinstance(body, dict) or (answer.status_code >= 400 and not isinstance(body.get("error"), dict)):
        raise ValueError("not an answer of Stripe")
