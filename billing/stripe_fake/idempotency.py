"""Answers kept by idempotency key: https://docs.stripe.com/api/idempotent_requests.

The first answer under a key is kept for a day and given again, a 500 too. Refused parameters are not
kept: that request did not begin.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from billing.stripe_fake.errors import StripeError

Answer = tuple[int, dict[str, Any]]
KEPT_S = 24 * 3600


class Answers:
    """Kept answers of one world. Safe for several threads."""

    def __init__(self) -> None:
        self.kept: dict[str, dict[str, Any]] = {}
        self._at_work: set[str] = set()
        self._lock = threading.Lock()

    def once(self, key: str, request: list[Any], work: Callable[[], Answer], now: int) -> Answer:
        """The kept answer, or that of the work. Raises StripeError."""
        with self._lock:
            found = self.kept.get(key)
            if found and now - found["at"] < KEPT_S:
                return self._again(key, found, request)
            if key in self._at_work:
                raise StripeError(
                    409,
                    "idempotency_error",
                    "There is currently another in-progress request using this Stripe-Idempotent-Key.",
                    code="idempotency_key_in_use",
                )
            self._at_work.add(key)
        try:
            answer = work()
            if answer[0] != 400:
                self.kept[key] = {"at": now, "request": request, "answer": answer}
            return answer
        finally:
            self._at_work.discard(key)

    def _again(self, key: str, found: dict[str, Any], request: list[Any]) -> Answer:
        if found["request"] != request:
            raise StripeError(
                400,
                "idempotency_error",
                f"Keys for idempotent requests can only be used with the same parameters they were first used with."
                f" Try using a key other than '{key}' if you meant to execute a different request.",
            )
        status, body = found["answer"]
        return status, body
