"""UPDATE … RETURNING: reads columns of the changed row in the same statement."""

from __future__ import annotations

from typing import Any, cast

from django.db import connection, models
from django.db.models.sql import UpdateQuery


def update_returning(rows: models.QuerySet[Any], *columns: str, **changes: Any) -> tuple[Any, ...] | None:
    """As `rows.update(**changes)` for at most one row.

    Returns the row's new `columns`, or None if no row matched.

    Returns the driver's values unconverted: correct for numbers and text, but not for UUIDs and times on
    SQLite.
    """
    query = cast(UpdateQuery, rows.query.chain(UpdateQuery))
    query.annotations = {}
    query.clear_ordering(force=True)
    query.add_update_values(changes)
    statement, values = query.get_compiler(connection=connection).as_sql()
    names = ", ".join(connection.ops.quote_name(name) for name in columns)
    with connection.cursor() as cursor:
        cursor.execute(f"{statement} RETURNING {names}", values)
        row: tuple[Any, ...] | None = cursor.fetchone()
    return row
