"""Triggers with which the database refuses to change or delete an entry of the ledger, or a draw from a bucket.

On SQLite a migration that alters a table rebuilds it and drops its triggers. So a migration that alters
`LedgerEntry` must end with `RunPython(protect_entries, unprotect_entries)`, and one that alters `Draw` with
`RunPython(protect_draws, unprotect_draws)`. A test checks that a migrated database refuses.
"""

from collections.abc import Iterable
from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

_ENTRIES, _DRAWS = "billing_ledgerentry", "billing_draw"
REFUSALS = {_ENTRIES: "ledger entries are never changed", _DRAWS: "draws of credits are never changed"}
"""Each table that is only added to, and what its triggers say."""
_EVENTS = ("UPDATE", "DELETE")


def protecting(vendor: str, tables: Iterable[str] = REFUSALS) -> tuple[str, ...]:
    """Statements that create the triggers if they are missing. `vendor`: Django's name of the database."""
    of_table = _on_postgresql if vendor == "postgresql" else _on_sqlite
    return tuple(statement for table in tables for statement in of_table(table, REFUSALS[table]))


def unprotecting(vendor: str, tables: Iterable[str] = REFUSALS) -> tuple[str, ...]:
    """Statements that drop the triggers."""
    return tuple(
        f"DROP TRIGGER IF EXISTS {table}_no_{event.lower()}{f' ON {table}' if vendor == 'postgresql' else ''}"
        for table in tables
        for event in _EVENTS
    )


def protect_entries(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Migration step that creates the triggers of entries."""
    _execute(schema_editor, protecting(schema_editor.connection.vendor, [_ENTRIES]))


def unprotect_entries(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Migration step that drops the triggers of entries."""
    _execute(schema_editor, unprotecting(schema_editor.connection.vendor, [_ENTRIES]))


def protect_draws(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Migration step that creates the triggers of draws."""
    _execute(schema_editor, protecting(schema_editor.connection.vendor, [_DRAWS]))


def unprotect_draws(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Migration step that drops the triggers of draws."""
    _execute(schema_editor, unprotecting(schema_editor.connection.vendor, [_DRAWS]))


def _execute(schema_editor: BaseDatabaseSchemaEditor, statements: Iterable[str]) -> None:
    for statement in statements:
        schema_editor.execute(statement)


def _on_postgresql(table: str, refusal: str) -> tuple[str, ...]:
    return (
        f"CREATE OR REPLACE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$"
        f" BEGIN RAISE EXCEPTION '{refusal}' USING ERRCODE = 'integrity_constraint_violation'; END $$",
        *(
            f"CREATE OR REPLACE TRIGGER {table}_no_{event.lower()} BEFORE {event} ON {table}"
            f" FOR EACH ROW EXECUTE FUNCTION {table}_refuse()"
            for event in _EVENTS
        ),
    )


def _on_sqlite(table: str, refusal: str) -> tuple[str, ...]:
    return tuple(
        f"CREATE TRIGGER IF NOT EXISTS {table}_no_{event.lower()} BEFORE {event} ON {table}"
        f" BEGIN SELECT RAISE(ABORT, '{refusal}'); END"
        for event in _EVENTS
    )
