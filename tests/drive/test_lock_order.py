"""Who locks several rows does so in one order, so that nobody waits in a circle. It needs PostgreSQL, which locks rows.

Rows are locked in the order queue, connection, channel or folder. A look that stores files refers to its folder's row.
"""

import pytest
from django.db import OperationalError, connection, transaction

from creator.lib.errors import Refused
from drive import again, folders, intake, pushes
from drive.models import Channel
from tests.drive.test_pushes import channel, push, rings  # noqa: F401
from tests.jobs.lifecycle.threads import together

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has one writer at a time"),
]


@pytest.fixture
def probe(monkeypatch):
    """Has `name` of `module` note whether another transaction could lock the row, and then do its work."""

    def put(module, name, row, strength="UPDATE"):
        found, original = [], getattr(module, name)

        def noted(*given, **named):
            found.extend(together(lambda: can_lock(row, strength)))
            return original(*given, **named)

        monkeypatch.setattr(module, name, noted)
        return found

    return put


def can_lock(row, strength) -> bool:
    table, key = row._meta.db_table, row._meta.pk.column
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f'SELECT 1 FROM "{table}" WHERE "{key}" = %s FOR {strength} NOWAIT', [row.pk])
    except OperationalError:
        return False
    return True


def test_files_are_stored_while_the_folder_is_made_again(folder, take, probe):
    take(sha256="0" * 64)
    found = probe(again, "require_means", folder, "KEY SHARE")
    again.run_again(folder)
    assert found == [True]


def test_files_are_stored_while_another_is_submitted(folder, find, probe, monkeypatch):
    monkeypatch.setattr(intake, "submit_batch", refuse)
    found = probe(intake, "submit_batch", folder, "KEY SHARE")
    with pytest.raises(Refused):
        intake._submit(find(), "0" * 64, None)
    assert found == [True]


def refuse(*_given, **_named):
    raise Refused("queue_full", "Full.")


def test_a_folder_is_locked_behind_its_connection_when_it_ends(folder, probe):
    found = probe(folders, "want_channels", folder)
    folders.stop_watching(folder)
    assert found == [True]


def test_a_ring_locks_no_channel_while_it_waits_for_the_connection(channel, push, probe):  # noqa: F811
    found = probe(pushes, "look_now", Channel.objects.get())
    assert push() == 204
    assert found == [True]
