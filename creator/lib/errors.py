"""A refusal: its code, message, status and headers (docs/architecture.md, error codes).

Domain code raises `Refused`; only `creator.http.refusals` turns it into an answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from creator.lib.error_codes import CODES

STATUS = {name: code.status for name, code in CODES.items()}


class Refused(Exception):
    """A request that cannot be served.

    `message` is for the person who sent the request: full sentences that name every number and say what to do.
    `problems` maps a field's name to a sentence about it. `facts` are values of the message for programs only;
    no page shows them. `headers` are sent with the answer: `Allow` with 405, `Retry-After` (seconds) with 429
    and 503, `WWW-Authenticate` with 401.
    """

    def __init__(
        self,
        code: str,
        message: str,
        problems: Mapping[str, str] | None = None,
        *,
        facts: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.problems = dict(problems or {})
        self.facts = dict(facts or {})
        self.headers = dict(headers or {})

    @property
    def details(self) -> dict[str, Any]:
        """What the API's envelope calls details: the problems and the facts."""
        return {**self.problems, **self.facts}

    @property
    def status(self) -> int:
        return STATUS[self.code]
