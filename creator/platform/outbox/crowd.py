"""Threads for deliveries to strangers' machines, most of which answer at once and some of which hang."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Collection

import structlog
from django.db import connection

from creator.platform.models import Delivery

log = structlog.get_logger(__name__)
PROMPT_S = 2.0
MOST_REMEMBERED = 1000
Take = Callable[[Collection[str] | None], Delivery | None]
"""Leases the next delivery that is due; with destinations, only to one of these."""
HandOn = Callable[[Delivery], bool]


class Crowd:
    """Hands on `at_once` deliveries of one kind at a time, on threads that last while there are any.

    One thread looks for the next delivery; before it hands it on, another one takes over the look. So no receiver
    waits for another while a thread is free, and `kept` threads are kept free for receivers whose last call was
    prompt: they took the message within PROMPT_S. However many others hang, these wait for none of them.
    """

    def __init__(self, *, at_once: int = 32, kept: int = 8) -> None:
        self._at_once, self._most_unknown = at_once, at_once - kept
        self._lock = threading.Lock()
        self._threads = self._unknown = 0
        self._is_looking = self._rang = False
        self._prompt: OrderedDict[str, None] = OrderedDict()

    def wake(self, take: Take, hand_on: HandOn) -> None:
        """Has a thread look, unless one does or all are busy: the first that is free looks then. Returns at once."""
        with self._lock:
            self._rang = True
            if self._is_looking or self._threads >= self._at_once:
                return
            self._is_looking = True
            self._threads += 1
        threading.Thread(target=self._run, args=(take, hand_on), name="outbox-crowd", daemon=True).start()

    def _run(self, take: Take, hand_on: HandOn) -> None:
        try:
            while found := self._look(take):
                self.wake(take, hand_on)
                self._call(*found, hand_on)
                if not self._may_look():
                    return
        finally:
            connection.close()

    def _look(self, take: Take) -> tuple[Delivery, bool] | None:
        """The next delivery, and whether it needs a thread that is not kept; from here on another thread may look.

        None: there is none, and this thread has to end.
        """
        while True:
            with self._lock:
                self._rang = False
                only = list(self._prompt) if self._unknown >= self._most_unknown else None
            delivery = self._take(take, only)
            with self._lock:
                if delivery is None and self._rang:
                    continue
                self._is_looking = False
                if delivery is None:
                    self._threads -= 1
                    return None
                is_unknown = delivery.destination not in self._prompt
                self._unknown += is_unknown
                return delivery, is_unknown

    def _take(self, take: Take, only: Collection[str] | None) -> Delivery | None:
        try:
            return take(only)
        except Exception as error:  # noqa: BLE001  (the thread has to be counted; the next ring wakes another one)
            log.warning("crowd_cannot_look", reason=str(error))
            return None

    def _call(self, delivery: Delivery, is_unknown: bool, hand_on: HandOn) -> None:
        began, was_sent = time.monotonic(), False
        try:
            was_sent = hand_on(delivery)
        except Exception as error:  # noqa: BLE001  (nothing is recorded: the delivery is due when its lease ends)
            log.warning("crowd_call_unrecorded", delivery=delivery.pk, reason=str(error))
        with self._lock:
            self._unknown -= is_unknown
            self._prompt.pop(delivery.destination, None)
            if was_sent and time.monotonic() - began < PROMPT_S:
                self._prompt[delivery.destination] = None
            while len(self._prompt) > MOST_REMEMBERED:
                self._prompt.popitem(last=False)

    def _may_look(self) -> bool:
        """Whether this thread looks next. If another does, it looks once more: this destination is free again."""
        with self._lock:
            self._rang = True
            if self._is_looking:
                self._threads -= 1
                return False
            self._is_looking = True
            return True
