"""A connection that gives up a server which does not answer."""

from __future__ import annotations

from typing import Any

import psycopg
import structlog
from psycopg.errors import _WaitTimeout
from psycopg_pool import ConnectionPool

from creator.lib.postgresql.patience import patience

log = structlog.get_logger(__name__)
WOKEN_EVERY_S = 0.1  # for Ctrl+C, as psycopg


class BoundedConnection(psycopg.Connection[Any]):
    """As psycopg's, but no wait for a reply is longer than `patience()`.

    A connection whose reply did not come is closed without a word to the server, and every other connection
    of its pool is replaced: the network lost them too.
    """

    def wait(self, gen: Any, interval: float = WOKEN_EVERY_S, timeout: float | None = None) -> Any:
        """Raises OperationalError if the reply does not come in time."""
        ours = patience()
        if timeout is not None or ours.seconds is None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, ours.seconds)
        except _WaitTimeout:  # psycopg names it only here; its base OperationalError has other causes too
            ours.is_over = True
            self._give_up()
            raise psycopg.OperationalError(f"PostgreSQL did not answer within {ours.seconds} s") from None

    def _give_up(self) -> None:
        log.warning("database_silent", backend=self.info.backend_pid)
        self.pgconn.finish()
        pool: ConnectionPool | None = getattr(self, "_pool", None)
        if pool is not None:
            pool.drain()
