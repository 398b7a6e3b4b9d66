"""Triggers by which the database rejects a status change that is not allowed, even one made by hand in SQL.

`jobs.lifecycle.transitions` holds the same table for Python; a test compares it with a migrated database.
When a migration alters a table, SQLite rebuilds it and drops its triggers. A migration that alters `Job`
therefore ends with `RunPython(guard_status, unguard_status)`.
"""

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

UNFINISHED = ("unsaved", "storage_error")
"""Errors of a failed job that may still be completed."""

MOVES = (
    ("queued", "processing"),
    ("queued", "failed"),
    ("queued", "cancelled"),
    ("processing", "queued"),
    ("processing", "completed"),
    ("processing", "failed"),
    ("processing", "cancelled"),
    ("failed", "completed"),
)
REFUSAL = "job_status_moves: no job makes this move"
BIRTH = "job_status_moves: a job begins as queued"
_NAMES = {"UPDATE OF status": "job_status_moves", "INSERT": "job_status_birth"}
_PAIRS = ", ".join(f"'{old}>{new}'" for old, new in MOVES)
_UNFINISHED = ", ".join(f"'{code}'" for code in UNFINISHED)
_WHEN = {
    "UPDATE OF status": f"OLD.status <> NEW.status AND (OLD.status || '>' || NEW.status NOT IN ({_PAIRS})"
    f" OR OLD.status = 'failed' AND OLD.error_code NOT IN ({_UNFINISHED}))",
    "INSERT": "NEW.status <> 'queued'",
}
_MESSAGES = {"UPDATE OF status": REFUSAL, "INSERT": BIRTH}


def guard_status(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Creates the triggers; safe to run again. A migration step: `apps` is not used."""
    vendor = schema_editor.connection.vendor
    for event in _NAMES:
        for statement in _postgresql(event) if vendor == "postgresql" else _sqlite(event):
            schema_editor.execute(statement, params=None)


def unguard_status(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Drops the triggers, to reverse a migration."""
    on_table = " ON jobs_job" if schema_editor.connection.vendor == "postgresql" else ""
    for name in _NAMES.values():
        schema_editor.execute(f"DROP TRIGGER IF EXISTS {name}{on_table}", params=None)


def _postgresql(event: str) -> tuple[str, ...]:
    name = _NAMES[event]
    return (
        f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$"
        f" BEGIN RAISE EXCEPTION '{_MESSAGES[event]}' USING ERRCODE = 'check_violation'; END $$",
        f"CREATE OR REPLACE TRIGGER {name} BEFORE {event} ON jobs_job"
        f" FOR EACH ROW WHEN ({_WHEN[event]}) EXECUTE FUNCTION {name}()",
    )


def _sqlite(event: str) -> tuple[str, ...]:
    return (
        f"CREATE TRIGGER IF NOT EXISTS {_NAMES[event]} BEFORE {event} ON jobs_job"
        f" WHEN {_WHEN[event]} BEGIN SELECT RAISE(ABORT, '{_MESSAGES[event]}'); END",
    )
