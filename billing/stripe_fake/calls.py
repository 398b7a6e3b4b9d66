"""The calls of the API that this Stripe knows, each with the parameters that it accepts."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from billing.stripe_fake.accepts import text
from billing.stripe_fake.errors import no_such_call

Work = Callable[..., dict[str, Any]]


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    """Such as `/v1/customers/{id}`."""
    accepted: dict[str, Any]
    work: Work
    """Gets the world, the id in the path where there is one, and the parameters."""

    def match(self, path: str) -> re.Match[str] | None:
        return re.fullmatch(self.path.replace("{id}", "(?P<id>[^/]+)"), path)


CALLS: list[Call] = []
"""All calls that have been registered."""


def api(
    method: str, path: str, accepted: dict[str, Any] | None = None, *, expands: bool = True
) -> Callable[[Work], Work]:
    """Registers a call. `expands`: whether its answer can be expanded."""
    accepted = (accepted or {}) | ({"expand": [text]} if expands else {})

    def register(work: Work) -> Work:
        CALLS.append(Call(method, path, accepted, work))
        return work

    return register


def find_call(method: str, path: str) -> tuple[Call, dict[str, str]]:
    """The call and the id in its path. Raises StripeError."""
    for call in CALLS:
        if call.method == method and (match := call.match(path)):
            return call, match.groupdict()
    raise no_such_call(method, path)
