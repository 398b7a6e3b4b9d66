"""Work of a periodic task on many rows or events: one that fails does not hold up the others."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import structlog

from creator.lib.database_errors import DATABASE_AWAY

log = structlog.get_logger(__name__)
Each = TypeVar("Each")


def one_by_one(items: Iterable[Each], work: Callable[[Each], object], *, name: str) -> int:
    """Works on each, in a transaction of `work`'s own, and returns how many times `work` returned something true.

    A failure is logged as `name` with the item's primary key or id; the next run tries it again. Raises when the
    database is away.
    """
    done = 0
    for each in items:
        try:
            done += bool(work(each))
        except DATABASE_AWAY:
            raise
        except Exception:
            log.exception(name, id=str(getattr(each, "pk", None) or getattr(each, "id", "")))
    return done
