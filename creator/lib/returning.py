"""UPDATE … RETURNING: what a guarded write needs to know of the row it changed, without a second look."""

from __future__ import annotations

from typing import Any, cast

from django.db import connection, models
from django.db.models.sql import UpdateQuery


def update_returning(rows: models.QuerySet[Any], *columns: str, **changes: Any) -> tuple[Any, ...] | None:
    """As `rows.update(**changes)` for at most one row; None if none matched, else its new `columns`.

    Values come as the driver gives them: right for numbers and text, on SQLite not for UUIDs and times.
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
