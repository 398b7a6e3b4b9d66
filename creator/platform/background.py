"""Does work of the background: leases a due row, works on it, records how that ended.

The row is the truth: whatever dies, the row becomes due again when its lease ends. So work is done at least once,
and each of its steps must do no harm when it is repeated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, TypeVar

import structlog
from django.db.models import F, QuerySet

from creator.lib.backoff import backoff_s
from creator.lib.clock import database_now
from creator.lib.database_errors import DATABASE_AWAY
from creator.platform.lease import leased, renewed, take_first
from creator.platform.models import LeasedRow

log = structlog.get_logger(__name__)
Row = TypeVar("Row", bound=LeasedRow)


class NotYet(Exception):
    """Something else has to end first. No failure: the work is due again in `wait_s` seconds."""

    def __init__(self, reason: str, wait_s: float = 2.0) -> None:
        super().__init__(reason)
        self.wait_s = wait_s


class LeaseLost(Exception):
    """Another worker has the row: this one stops and leaves no trace."""


@dataclass(frozen=True)
class Background(Generic[Row]):
    """One kind of work.

    `due` selects the rows to work on, `work` does it and records its success by `finish`. A failure is tried again
    after `first_wait_s`, doubled up to `longest_wait_s`; `due` may leave out a row that failed too often. Work that
    takes longer than `at_most` is considered hung.
    """

    name: str
    due: Callable[[], QuerySet[Row]]
    work: Callable[[Row], None]
    at_most: timedelta
    first_wait_s: float = 5.0
    longest_wait_s: float = 3600.0

    def work_off(self) -> int:
        """Works until no row is due, and returns how many tries that were."""
        count = 0
        while row := take_first(self.due()):
            self._try(row)
            count += 1
        return count

    def _try(self, row: Row) -> None:
        facts = {"kind": self.name, "id": str(row.pk)}
        try:
            with renewed(row, at_most=self.at_most):
                self.work(row)
        except DATABASE_AWAY:
            raise  # nothing can be recorded: the row is due again when its lease ends
        except NotYet as wait:
            leased(row).update(due_at=database_now(wait.wait_s), token=None)
            log.info("background_work_waits", reason=str(wait), **facts)
        except LeaseLost:
            log.warning("background_lease_lost", **facts)
        except Exception as error:
            self._fail(row, error)
            log.exception("background_work_failed", failures=row.failures + 1, **facts)

    def _fail(self, row: Row, error: Exception) -> None:
        wait_s = backoff_s(row.failures, first_s=self.first_wait_s, longest_s=self.longest_wait_s)
        # Only the kind of error: its text may quote what a person wrote.
        leased(row).update(
            due_at=database_now(wait_s),
            token=None,
            failures=F("failures") + 1,
            last_error=type(error).__name__,
        )


def finish(row: LeasedRow, **changes: object) -> None:
    """Writes `changes` and gives the lease back. Raises LeaseLost if another worker has the row."""
    if not leased(row).update(token=None, **changes):
        raise LeaseLost
