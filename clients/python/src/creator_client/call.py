"""One request to the API as a value: clients send it, and send the same one again if they must."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

Answer = TypeVar("Answer", covariant=True)


@dataclass(frozen=True)
class Call(Generic[Answer]):
    """A request whose answer has the type `Answer`.

    `repeatable`: the server makes nothing twice if the request comes again with its `Idempotency-Key`.
    """

    method: str
    path: str
    query: Mapping[str, Any] | None = None
    body: Mapping[str, Any] | None = None
    repeatable: bool = False

    @property
    def may_repeat(self) -> bool:
        """Whether sending it twice does no harm. `GET`, `PUT` and `DELETE` never do (RFC 9110, section 9.2.2)."""
        return self.repeatable or self.method in ("GET", "HEAD", "PUT", "DELETE")
