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


def protect_entries(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Makes the triggers; harmless where they are. A step of a migration: `apps` is not used."""
    for statement in _POSTGRESQL if schema_editor.connection.vendor == "postgresql" else _SQLITE:
        schema_editor.execute(statement)


def unprotect_entries(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Drops the triggers, to take a migration back."""
    on_table = f" ON {_TABLE}" if schema_editor.connection.vendor == "postgresql" else ""
    for event in _EVENTS:
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {_TABLE}_no_{event.lower()}{on_table}")
