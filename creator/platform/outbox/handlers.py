"""Maps kinds of deliveries to handlers. Apps register their handlers when Django starts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from creator.platform.models import Delivery

Handler = Callable[[Delivery], None]
"""Sends the message and returns.

`Undeliverable` means: give up. `Postponed` means: call again at that time. Any other exception means: try again later.
"""

_handlers: dict[str, Handler] = {}


class Postponed(Exception):
    """The message is not to be sent before `until`. Nothing was sent, so this is no try."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"postponed until {until.isoformat()}")
        self.until = until


class Undeliverable(Exception):
    """No later try can succeed, such as for an address that the mail server permanently refuses."""


def register_handler(kind: str, handler: Handler) -> None:
    """Raises ValueError if the kind already has another handler."""
    if _handlers.setdefault(kind, handler) is not handler:
        raise ValueError(f"Deliveries of kind {kind} already have a handler.")


def handler_of(kind: str) -> Handler:
    """Raises LookupError for an unknown kind: the delivery is tried again, perhaps by a worker of a newer release."""
    try:
        return _handlers[kind]
    except KeyError:
        raise LookupError(f"no handler for deliveries of kind {kind}") from None
