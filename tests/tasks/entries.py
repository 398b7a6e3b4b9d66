"""The schedule as the migration makes it; it is gone after a test that empties the database."""

from importlib import import_module

from django.apps import apps

migration = import_module("jobs.migrations.0005_beat_entries")


def add() -> None:
    migration.add_entries(apps, None)


def remove() -> None:
    migration.remove_entries(apps, None)
