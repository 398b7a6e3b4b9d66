"""One HTTP exchange with a node. Turns every failure into one of this package's errors."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, BinaryIO

import httpx2

from jobs.comfy.bounds import WORDS, Bound
from jobs.comfy.errors import ComfyError, InvalidWorkflow, NodeBusyOrBroken, NodeTimeout, NodeUnreachable
from jobs.comfy.patience import PatientBackend, patience
from jobs.comfy.reading import parse_json

# less than the shortest server default (5 s), so no request uses a connection that the server is closing
KEEPALIVE_SECONDS = 3
LIMITS = httpx2.Limits(max_connections=64, max_keepalive_connections=16, keepalive_expiry=KEEPALIVE_SECONDS)
NO_HEADERS: Mapping[str, str] = MappingProxyType({})
NEVER_SENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.LocalProtocolError,
    httpx2.UnsupportedProtocol,
)


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer of any status.

    `content` is empty if the body was written to a file. `length` is that of the body as it arrived,
    `declared_length` the Content-Length header, both in bytes.
    """

    status: int
    content: bytes
    length: int
    declared_length: int | None = None

    @property
    def text(self) -> str:
        """The start of the body, for staff."""
        return self.content[:1000].decode(errors="replace")

    def json(self) -> dict[str, Any] | None:
        """The body as a JSON object, or None if it is anything else."""
        return parse_json(self.content)

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
    """A thread-safe connection pool to one base address. Follows no redirect: a node answers for itself."""

    def __init__(
        self,
        base_url: str,
        *,
        connect_timeout: float,
        headers: Mapping[str, str] = NO_HEADERS,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        """`connect_timeout` in seconds; `headers` go with every request; `transport` replaces the network (tests)."""
        self._connect_timeout = connect_timeout
        self._http = httpx2.Client(
            base_url=base_url,
            limits=LIMITS,
            transport=transport or _PatientTransport(),
            trust_env=False,  # nodes are on the private network: no proxies
            follow_redirects=False,
            headers={"Accept-Encoding": "identity", **headers},
        )

    def close(self) -> None:
        """Close every pooled connection."""
        self._http.close()

    def send(
        self, method: str, path: str, bound: Bound, *, into: BinaryIO | None = None, **request: Any
    ) -> Answer:
        """Returns the node's answer, of any status. `request` is as in httpx2 (`json`, `params`, `files`).

        The body of a 200 goes `into` that file, if one is given, as it arrives.
        Raises NodeUnreachable or NodeTimeout, with `outcome_unknown` if the node may have received the request.
        Raises NodeBusyOrBroken if the answer is larger than the bound or cannot be decoded.
        """
        connect = min(bound.seconds, self._connect_timeout)
        request["timeout"] = httpx2.Timeout(bound.seconds, connect=connect, pool=connect)
        try:
            with ExitStack() as stack:
                stack.enter_context(patience(bound.seconds))
                response = stack.enter_context(self._http.stream(method, path, **request))
                if into is not None and response.status_code == 200:
                    length = sum(into.write(chunk) for chunk in _chunks(response, bound.most))
                    return Answer(200, b"", length, _length(response))
                content = b"".join(_chunks(response, bound.most if into is None else WORDS))
                return Answer(response.status_code, content, len(content), _length(response))
        except httpx2.TimeoutException as error:
            raise NodeTimeout(detail=_describe(error), outcome_unknown=_may_have_arrived(error)) from error
        except httpx2.TransportError as error:
            raise NodeUnreachable(
                detail=_describe(error), outcome_unknown=_may_have_arrived(error)
            ) from error


class _PatientTransport(httpx2.HTTPTransport):
    def __init__(self) -> None:
        super().__init__(limits=LIMITS, trust_env=False)
        # httpx2 has no public way to name the backend. If this name changes, the tests of slow nodes fail.
        self._pool._network_backend = PatientBackend()


def _chunks(response: httpx2.Response, most: int) -> Iterator[bytes]:
    """The body as it arrives. A compressed one is refused: a few bytes could be many, and none was asked for."""
    if (coding := response.headers.get("Content-Encoding", "identity").lower()) != "identity":
        raise NodeBusyOrBroken(detail=f"an answer in {coding[:20]}", outcome_unknown=True)
    size = 0
    for chunk in response.iter_bytes():
        size += len(chunk)
        if size > most:
            raise NodeBusyOrBroken(detail=f"an answer of more than {most} bytes", outcome_unknown=True)
        yield chunk


def _length(response: httpx2.Response) -> int | None:
    declared = response.headers.get("Content-Length", "")
    return int(declared) if declared.isdecimal() and len(declared) < 16 else None


def _may_have_arrived(error: httpx2.TransportError) -> bool:
    return not isinstance(error, NEVER_SENT)


def _describe(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
