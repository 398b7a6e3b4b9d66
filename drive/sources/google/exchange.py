"""One HTTP exchange with Google, tried again for a while where that helps."""

from __future__ import annotations

import json
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from types import TracebackType
from typing import Any, Self

import httpx2

from creator.lib.backoff import backoff_s
from drive.sources.base import Away

CONNECT_S = 5
REPLY_S = 14
WHOLE_ANSWER_S = 60
PATIENCE_S = 30
FIRST_WAIT_S = 1
LONGEST_WAIT_S = 8
NEXT_TRY_S = 30
LONGEST_ANSWER = 32 * 1024 * 1024
LONGEST_REFUSAL = 64 * 1024
RATE_LIMITS = {"userRateLimitExceeded", "rateLimitExceeded", "RATE_LIMIT_EXCEEDED", "backendError"}


@dataclass(frozen=True)
class Answer:
    """An answer of any status; `content` in bytes, at most LONGEST_ANSWER."""

    status: int
    headers: Mapping[str, str]
    content: bytes = b""

    def json(self) -> dict[str, Any]:
        """The body as an object, empty if it is anything else."""
        try:
            body = json.loads(self.content)
        except ValueError:
            return {}
        return body if isinstance(body, dict) else {}

    @property
    def reason(self) -> str:
        """Why Google refuses, in its own word."""
        error = self.json().get("error")
        if not isinstance(error, dict):
            return ""
        details = [*_objects(error.get("errors")), *_objects(error.get("details"))]
        reasons = [row["reason"] for row in details if isinstance(row.get("reason"), str)]
        return reasons[0][:60] if reasons else ""

    @property
    def asks_for_patience(self) -> bool:
        """Whether the same request may succeed a little later."""
        return self.status == 429 or self.status >= 500 or (self.status == 403 and self.reason in RATE_LIMITS)

    @property
    def retry_after_s(self) -> float:
        """What `Retry-After` asks for; 0 if nothing."""
        value = self.headers.get("retry-after", "")
        return float(value) if value.isdecimal() and len(value) < 7 else 0


@cache
def _trusted() -> ssl.SSLContext:
    """Shared by all threads: reading the certificates takes 20 ms of a processor, and a look is often one call."""
    return httpx2.create_ssl_context()


class Exchange:
    """A connection pool, for one thread. `sleep` and `now` are replaced in tests."""

    def __init__(
        self,
        *,
        transport: httpx2.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._http = httpx2.Client(
            transport=transport,
            verify=_trusted(),
            follow_redirects=False,
            timeout=httpx2.Timeout(REPLY_S, connect=CONNECT_S, pool=CONNECT_S),
            headers={"Accept-Encoding": "identity"},
        )
        self._sleep, self._now = sleep, now

    def close(self) -> None:
        """Closes the pooled connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def send(self, method: str, url: str, *, again: bool = True, **request: Any) -> Answer:
        """Google's answer, of any status that a later try would not change. `request` is as in httpx2.

        It is tried again for at most PATIENCE_S (`again` False: never). Raises `Away`.
        """
        patience = Patience(self._sleep, self._now, again=again)
        while True:
            try:
                answer = self.send_once(method, url, **request)
            except httpx2.TransportError as error:
                # the error's own text may quote the address, which may hold an upload's secret
                patience.wait(type(error).__name__)
                continue
            if not answer.asks_for_patience:
                return answer
            patience.wait(f"{answer.status} {answer.reason}".strip(), answer.retry_after_s)

    def send_once(self, method: str, url: str, **request: Any) -> Answer:
        """One try. Raises httpx2's errors, `Away` for an answer that is too long."""
        with self._http.stream(method, url, **request) as response:
            until = self._now() + WHOLE_ANSWER_S
            content = bytearray()
            for chunk in response.iter_bytes():
                content += chunk
                if self._now() > until:
                    raise httpx2.ReadTimeout("an answer that does not end", request=response.request)
                if len(content) > LONGEST_ANSWER:
                    raise Away("an answer of too many bytes", NEXT_TRY_S)
            return Answer(response.status_code, response.headers, bytes(content))

    @contextmanager
    def stream(self, url: str, **request: Any) -> Iterator[httpx2.Response]:
        """One try of a GET whose body is read by the caller. Raises httpx2's errors."""
        with self._http.stream("GET", url, **request) as response:
            yield response

    def patience(self) -> Patience:
        """For a caller that tries again itself."""
        return Patience(self._sleep, self._now)


class Patience:
    """Waits between tries, longer each time, and gives up when PATIENCE_S would be over."""

    def __init__(
        self, sleep: Callable[[float], None], now: Callable[[], float], *, again: bool = True
    ) -> None:
        self._sleep, self._now = sleep, now
        self._failures = 0
        self._waited_s = 0.0
        self._began = now()
        self._again = again

    def wait(self, reason: str, at_least_s: float = 0) -> None:
        """Raises `Away` instead, if there is no patience left."""
        wait_s = max(at_least_s, backoff_s(self._failures, first_s=FIRST_WAIT_S, longest_s=LONGEST_WAIT_S))
        spent_s = max(self._waited_s, self._now() - self._began)
        if not self._again or spent_s + wait_s > PATIENCE_S:
            raise Away(reason, max(at_least_s, NEXT_TRY_S))
        self._failures += 1
        self._waited_s += wait_s
        self._sleep(wait_s)

    def start_over(self) -> None:
        """Something was achieved: the next failure is a first one again."""
        self._failures, self._waited_s, self._began = 0, 0.0, self._now()


def read_start(response: httpx2.Response) -> bytes:
    """The beginning of a body: what a refusal says."""
    content = bytearray()
    for chunk in response.iter_bytes():
        content += chunk
        if len(content) >= LONGEST_REFUSAL:
            break
    return bytes(content)


def _objects(value: object) -> list[dict[str, Any]]:
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []
