"""One HTTP exchange with a node. Turns every failure into one of this package's errors."""

import json
from dataclasses import dataclass
from typing import Any

import httpx2

from jobs.comfy.errors import ComfyError, InvalidWorkflow, NodeBusyOrBroken, NodeTimeout, NodeUnreachable

MAX_BODY = 512 * 1024 * 1024
# less than the shortest server default (5 s), so no request uses a connection that the server is closing
KEEPALIVE_SECONDS = 3
LIMITS = httpx2.Limits(max_connections=64, max_keepalive_connections=16, keepalive_expiry=KEEPALIVE_SECONDS)
NEVER_SENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.LocalProtocolError,
    httpx2.UnsupportedProtocol,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete HTTP answer of any status; `declared_length` is the Content-Length header in bytes."""

    status: int
    content: bytes
    declared_length: int | None = None

    @property
    def text(self) -> str:
        """The start of the body, for staff."""
        return self.content[:1000].decode(errors="replace")

    def json(self) -> dict[str, Any] | None:
        """The body as a JSON object, or None if it is anything else."""
        try:
            body = json.loads(self.content)
        except (ValueError, RecursionError):
            return None
        return body if isinstance(body, dict) else None

    def json_object(self) -> dict[str, Any]:
        """The body as a JSON object. Raises `error()` for a status other than 200 or any other body."""
        body = self.json()
        if self.status != 200 or body is None:
            raise self.error()
        return body

    def error(self) -> ComfyError:
        """Returns the error for an unexpected answer."""
        detail = f"{self.status}: {self.text}"
        if self.status == 413:
            return InvalidWorkflow("The request is too large for the node.", detail=detail)
        return NodeBusyOrBroken(detail=detail)


class Transport:
    """A thread-safe connection pool to one base address."""

    def __init__(
        self,
        base_url: str,
        *,
        connect_timeout: float,
        read_timeout: float,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        """Timeouts in seconds; `transport` replaces the network (tests)."""
        self._connect_timeout = connect_timeout
        self._http = httpx2.Client(
            base_url=base_url,
            timeout=self._bounds(read_timeout),
            limits=LIMITS,
            transport=transport,
            trust_env=False,  # nodes are on the private network: no proxies
            headers={"Accept-Encoding": "identity"},
        )

    def close(self) -> None:
        """Close every pooled connection."""
        self._http.close()

    def send(self, method: str, path: str, **request: Any) -> Answer:
        """Returns the node's answer, of any status. `request` is as in httpx2 (`json`, `params`, `files`).

        `timeout` is the longest silence in seconds; it can shorten the time to connect but not extend it.
        Raises NodeUnreachable or NodeTimeout, with `outcome_unknown` if the node may have received the
        request. Raises NodeBusyOrBroken if the answer is too large or cannot be decoded.
        """
        if (seconds := request.get("timeout")) is not None:
            request["timeout"] = self._bounds(seconds)
        try:
            with self._http.stream(method, path, **request) as response:
                return Answer(response.status_code, _read_limited(response), _length(response))
        except httpx2.TimeoutException as error:
            raise NodeTimeout(detail=_describe(error), outcome_unknown=_may_have_arrived(error)) from error
        except httpx2.TransportError as error:
            raise NodeUnreachable(
                detail=_describe(error), outcome_unknown=_may_have_arrived(error)
            ) from error
        except httpx2.DecodingError as error:
            raise NodeBusyOrBroken(detail=_describe(error)) from error

    def _bounds(self, seconds: float) -> httpx2.Timeout:
        connect = min(seconds, self._connect_timeout)
        return httpx2.Timeout(seconds, connect=connect, pool=connect)


def _read_limited(response: httpx2.Response) -> bytes:
    chunks, size = [], 0
    for chunk in response.iter_bytes():
        chunks.append(chunk)
        size += len(chunk)
        if size > MAX_BODY:
            raise NodeBusyOrBroken(detail=f"an answer of more than {MAX_BODY} bytes")
    return b"".join(chunks)


def _length(response: httpx2.Response) -> int | None:
    declared = response.headers.get("Content-Length", "")
    return int(declared) if declared.isdecimal() else None


def _may_have_arrived(error: httpx2.TransportError) -> bool:
    return not isinstance(error, NEVER_SENT)


def _describe(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
