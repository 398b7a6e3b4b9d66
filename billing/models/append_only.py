"""Triggers that make the database itself refuse to change or delete an entry, whoever asks.

SQLite rebuilds a table, and drops its triggers, when a migration alters it: a migration that alters `LedgerEntry` ends
with `RunPython(protect_entries, unprotect_entries)`. A test asks a migrated database for the refusal.
"""

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

REFUSAL = "ledger entries are never changed"
_TABLE = "billing_ledgerentry"
_EVENTS = ("UPDATE", "DELETE")

_POSTGRESQL = (
    f"CREATE OR REPLACE FUNCTION {_TABLE}_refuse() RETURNS trigger LANGUAGE plpgsql AS $$"
    f" BEGIN RAISE EXCEPTION '{REFUSAL}' USING ERRCODE = 'integrity_constraint_violation'; END $$",
    *(
        f"CREATE OR REPLACE TRIGGER {_TABLE}_no_{event.lower()} BEFORE {event} ON {_TABLE}"
        f" FOR EACH ROW EXECUTE FUNCTION {_TABLE}_refuse()"
        for event in _EVENTS
    ),
)
_SQLITE = tuple(
    f"CREATE TRIGGER IF NOT EXISTS {_TABLE}_no_{event.lower()} BEFORE {event} ON {_TABLE}"
    f" BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
    for event in _EVENTS
)


def protecting(vendor: str) -> tuple[str, ...]:
    """Statements that make the triggers; harmless where they are. `vendor` as Django names it."""
    return _POSTGRESQL if vendor == "postgresql" else _SQLITE


def unprotecting(vendor: str) -> tuple[str, ...]:
    """Statements that drop the triggers."""
    on_table = f" ON {_TABLE}" if vendor == "postgresql" else ""
    return tuple(f"DROP TRIGGER IF EXISTS {_TABLE}_no_{event.lower()}{on_table}" for event in _EVENTS)


def protect_entries(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """A step of a migration: the triggers are there."""
    for statement in protecting(schema_editor.connection.vendor):
        schema_editor.execute(statement)


def unprotect_entries(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """A step of a migration: the triggers are gone."""
    for statement in unprotecting(schema_editor.connection.vendor):
        schema_editor.execute(statement)
