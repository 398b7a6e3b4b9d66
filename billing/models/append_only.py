"""Triggers with which the database refuses to change or delete a ledger entry.

On SQLite a migration that alters a table rebuilds it and drops its triggers. So a migration that alters
`LedgerEntry` must end with `RunPython(protect_entries, unprotect_entries)`. A test checks that a migrated
database refuses.
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
    """Statements that create the triggers if they are missing. `vendor`: Django's name of the database."""
    return _POSTGRESQL if vendor == "postgresql" else _SQLITE


def unprotecting(vendor: str) -> tuple[str, ...]:
    """Statements that drop the triggers."""
    on_table = f" ON {_TABLE}" if vendor == "postgresql" else ""
    return tuple(f"DROP TRIGGER IF EXISTS {_TABLE}_no_{event.lower()}{on_table}" for event in _EVENTS)


def protect_entries(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Migration step that creates the triggers."""
    for statement in protecting(schema_editor.connection.vendor):
        schema_editor.execute(statement)


def unprotect_entries(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Migration step that drops the triggers."""
    for statement in unprotecting(schema_editor.connection.vendor):
        schema_editor.execute(statement)
