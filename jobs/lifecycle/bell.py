"""Rings for workers. A ring carries nothing: lost, late or doubled ones change nothing, rows are the truth."""

from __future__ import annotations

import os
from collections.abc import Callable
from threading import Condition, Thread

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)
RING = "jobs.run_next"
MOST_RINGS = 16


def ring_after_commit(times: int = 1) -> None:
    """Rings once the transaction is committed; best effort, never retried here."""
    transaction.on_commit(lambda: ring(times), robust=True)


def ring(times: int = 1) -> None:
    """Rings up to MOST_RINGS times: whoever is woken goes on claiming until nothing fits. Never waits for a broker."""
    if times > 0:
        if current_app.conf.broker_url.startswith("memory:"):
            _publish(min(times, MOST_RINGS))  # nothing to wait for, and nobody has to be woken first
        else:
            _bell.ring(times)


class Bell:
    """Publishes in a thread of its own, begun with the first ring, so that a broker which is away holds nobody up.

    What is asked for meanwhile adds up to MOST_RINGS at most. What could not be published is dropped: the sweep rings
    again. A thread that ended, by a fork or by an error, is followed by another one.
    """

    def __init__(self, publish: Callable[[int], None]) -> None:
        self._publish = publish
        self.forget()

    def forget(self) -> None:
        """Begins anew: for a forked child, whose copy of the lock nobody may ever release."""
        self._wanted = 0
        self._asked = Condition()
        self._thread: Thread | None = None

    def ring(self, times: int) -> None:
        """Returns at once."""
        with self._asked:
            self._wanted = min(self._wanted + times, MOST_RINGS)
            if self._thread is None or not self._thread.is_alive():
                self._thread = Thread(target=self._run, name="bell", daemon=True)
                self._thread.start()
            self._asked.notify()

    def _run(self) -> None:
        while True:
            with self._asked:
                self._asked.wait_for(lambda: self._wanted)
                times, self._wanted = self._wanted, 0
            self._publish(times)


def _publish(times: int) -> None:
    try:
        for _ in range(times):
            current_app.send_task(RING, expires=30, retry=False, ignore_result=True)
    except OperationalError as error:
        log.warning("ring_failed", reason=str(error))


_bell = Bell(_publish)
os.register_at_fork(after_in_child=_bell.forget)
