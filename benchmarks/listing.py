"""Times `GET /api/v1/jobs` of a person with 1,000 and with 100,000 jobs, with each filter, on PostgreSQL.

    DATABASE_URL=postgres://… python -m benchmarks.listing

makes its own database on that server and drops it afterwards. What the filters look for is at the end of the list,
where a search without an index finds it last.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from benchmarks.backlog import own_database
from benchmarks.rows import Row, compare, show

if TYPE_CHECKING:
    from benchmarks.listing_rows import Lister

FEW, MANY = 1_000, 100_000
LOOKS = 40


def measure_listing() -> list[Row]:
    """A row for each filter: the median of the times, and the most statements that one request took."""
    from benchmarks import listing_rows

    few, many = listing_rows.fill(FEW), listing_rows.fill(MANY)
    rows = []
    for name in many.queries:
        taken = [(_look(few, name), _look(many, name)) for _ in range(LOOKS + 2)][2:]
        values, baselines = [many_ms for _, (many_ms, _) in taken], [few_ms for (few_ms, _), _ in taken]
        statements = max(count for _, (_, count) in taken)
        rows.append(
            compare(f"list_{name}_ms", values, "ms", f"{FEW:,} jobs", baselines, f"{statements} statements")
        )
    return rows


def _look(person: Lister, name: str) -> tuple[float, int]:
    """The milliseconds of one request, and its statements."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    began = time.perf_counter()
    with CaptureQueriesContext(connection) as statements:
        answer = person.client.get(f"/api/v1/jobs?{person.queries[name]}")
    taken_ms = (time.perf_counter() - began) * 1000
    assert answer.status_code == 200, answer.content
    return taken_ms, len(statements)


def main(arguments: Sequence[str]) -> None:
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        sys.exit("DATABASE_URL must name a PostgreSQL server.")
    with tempfile.TemporaryDirectory() as folder, own_database(url):
        os.environ |= {"DATA_DIR": folder, "ENVIRONMENT": "local", "LOG_LEVEL": "ERROR"}
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "creator.settings")
        import django
        from django.core.management import call_command

        django.setup()
        call_command("migrate", verbosity=0)
        show(measure_listing())


if __name__ == "__main__":
    main(sys.argv[1:])
