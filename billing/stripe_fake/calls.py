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
    path: re.Pattern[str]
    accepted: dict[str, Any]
    work: Work
    """Gets the world, the id in the path where there is one, and the parameters."""


_calls: list[Call] = []


def api(method: str, path: str, accepted: dict[str, Any] | None = None) -> Callable[[Work], Work]:
    """Registers a call. `path`: such as `/v1/customers/{id}`."""
    pattern = re.compile(path.replace("{id}", "(?P<id>[^/]+)"))

    def register(work: Work) -> Work:
        _calls.append(Call(method, pattern, {"expand": [text], **(accepted or {})}, work))
        return work

    return register


def find_call(method: str, path: str) -> tuple[Call, dict[str, str]]:
    """The call and the id in its path. Raises StripeError."""
    for call in _calls:
        match = call.path.fullmatch(path)
        if match and call.method == method:
            return call, match.groupdict()
    raise no_such_call(method, path)
