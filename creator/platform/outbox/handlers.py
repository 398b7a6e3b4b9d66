"""Maps kinds of deliveries to handlers. Apps register their handlers when Django starts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from creator.platform.models import Delivery
from creator.platform.outbox.crowd import Crowd

Handler = Callable[[Delivery], None]
"""Sends the message and returns.

`Undeliverable` means: give up. `Postponed` means: call again at that time. Any other exception means: try again later,
and `TryAgain` says how much later at least.
"""

_handlers: dict[str, Handler] = {}
_crowds: dict[str, Crowd] = {}


class Postponed(Exception):
    """The message is not to be sent before `until`. Nothing was sent, so this is no try."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"postponed until {until.isoformat()}")
        self.until = until


class TryAgain(Exception):
    """The receiver is there and asks for patience: no try before `wait_s` seconds have passed."""

    def __init__(self, reason: str, wait_s: float) -> None:
        super().__init__(reason)
        self.wait_s = wait_s


class Undeliverable(Exception):
    """No later try can succeed, such as for an address that the mail server permanently refuses."""


def register_handler(kind: str, handler: Handler, *, crowd: Crowd | None = None) -> None:
    """With a `crowd`, the kind's deliveries are handed on by its threads, and others do not wait for them.

    Raises ValueError if the kind already has another handler.
    """
    if _handlers.setdefault(kind, handler) is not handler:
        raise ValueError(f"Deliveries of kind {kind} already have a handler.")
    if crowd:
        _crowds[kind] = crowd


def crowds() -> dict[str, Crowd]:
    """Kind → the crowd that hands it on."""
    return dict(_crowds)


def handler_of(kind: str) -> Handler:
    """Raises LookupError for an unknown kind: the delivery is tried again, perhaps by a worker of a newer release."""
    try:
        return _handlers[kind]
    except KeyError:
        raise LookupError(f"no handler for deliveries of kind {kind}") from None
