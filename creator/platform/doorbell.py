"""Rings: tasks without content that make a worker look at the rows.

A lost, late or duplicate ring does no harm.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from threading import Condition, Thread

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)
EXPIRES_S = 30


class Doorbell:
    """Rings for one task, at most `most` times at once: a worker that gets a ring works until no work is left.

    The caller never waits for the broker: a background thread publishes. While it does, further rings add up
    to at most `most`. A ring that cannot be published is dropped, because a periodic task rings again.
    """

    def __init__(self, task: str, *, most: int, publish: Callable[[int], None] | None = None) -> None:
        self.task = task
        self.most = most
        self._publish = publish or self._send
        self.reset()
        os.register_at_fork(after_in_child=self.reset)

    def reset(self) -> None:
        """Resets the state in a forked child: a thread that only the parent has may hold the copied lock."""
        self._wanted = 0
        self._asked = Condition()
        self._thread: Thread | None = None

    def ring_after_commit(self, times: int = 1) -> None:
        """Rings once the transaction is committed."""
        transaction.on_commit(lambda: self.ring(times), robust=True)

    def ring(self, times: int = 1) -> None:
        """Returns at once."""
        if times <= 0:
            return
        if current_app.conf.broker_url.startswith("memory:"):
            self._publish(min(times, self.most))  # in memory, so there is no server to wait for
            return
        with self._asked:
            self._wanted = min(self._wanted + times, self.most)
            if self._thread is None or not self._thread.is_alive():
                self._thread = Thread(target=self._run, name="doorbell", daemon=True)
                self._thread.start()
            self._asked.notify()

    def _run(self) -> None:
        while True:
            with self._asked:
                self._asked.wait_for(lambda: self._wanted)
                times, self._wanted = self._wanted, 0
            self._publish(times)

    def _send(self, times: int) -> None:
        try:
            for _ in range(times):
                current_app.send_task(self.task, expires=EXPIRES_S, retry=False, ignore_result=True)
        except OperationalError as error:
            log.warning("ring_failed", task=self.task, reason=str(error))
