import os
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from django.db import DatabaseError, connection, transaction

from billing.ledger import settle
from billing.models import Draw, LedgerEntry
from tests.house.tree import ROOT

TAMPERING = {
    "change": "UPDATE billing_ledgerentry SET amount = amount + 1",
    "change of a word": "UPDATE billing_ledgerentry SET reason = 'x'",
    "delete": "DELETE FROM billing_ledgerentry",
}
TAMPERING_WITH_DRAWS = {
    "change": "UPDATE billing_draw SET amount = amount + 1",
    "delete": "DELETE FROM billing_draw",
}
REFUSED = "ledger entries are never changed"
DRAWS_REFUSED = "draws of credits are never changed"


@pytest.mark.parametrize("statement", TAMPERING.values(), ids=TAMPERING)
def test_the_database_refuses_to_change_an_entry(held, protected_entries, statement):
    before = list(LedgerEntry.objects.order_by("pk").values())
    with pytest.raises(DatabaseError, match=REFUSED), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert (len(before), list(LedgerEntry.objects.order_by("pk").values())) == (2, before)


@pytest.mark.parametrize("statement", TAMPERING_WITH_DRAWS.values(), ids=TAMPERING_WITH_DRAWS)
def test_the_database_refuses_to_change_a_draw(held, protected_entries, statement):
    with (
        pytest.raises(DatabaseError, match=DRAWS_REFUSED),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    assert list(Draw.objects.values_list("amount", flat=True)) == [8]


@pytest.mark.parametrize("statement", TAMPERING.values(), ids=TAMPERING)
def test_twin_without_the_triggers_it_would(held, unprotected_entries, statement):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM billing_draw")  # they would keep their entries too
        cursor.execute("DELETE FROM billing_creditbucket")
        cursor.execute(statement)
        assert cursor.rowcount == 2


def test_queries_of_the_product_are_refused_too(held, protected_entries):
    settle(held)
    with pytest.raises(DatabaseError, match=REFUSED), transaction.atomic():
        LedgerEntry.objects.update(amount=0)
    with pytest.raises(DatabaseError, match=REFUSED), transaction.atomic():
        LedgerEntry.objects.filter(kind="settle").delete()


def test_erasing_a_person_leaves_a_ledger_that_names_nobody(cast, account, held, protected_entries):
    cast.owner.delete()
    account.refresh_from_db()
    assert (account.owner_id, account.available, account.reserved) == (None, 42, 8)
    assert account.entries.count() == 2


@pytest.mark.skipif(connection.vendor == "sqlite", reason="shown with a database of its own, below")
def test_migrations_make_the_triggers_on_postgresql(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal"
            " AND tgrelid IN ('billing_ledgerentry'::regclass, 'billing_draw'::regclass)"
        )
        assert {name for (name,) in cursor.fetchall()} == {
            "billing_ledgerentry_no_update",
            "billing_ledgerentry_no_delete",
            "billing_draw_no_update",
            "billing_draw_no_delete",
        }


@pytest.mark.services
def test_migrations_make_the_triggers_on_sqlite(tmp_path):
    environment = os.environ | {"DATA_DIR": str(tmp_path), "DATABASE_URL": ""}
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity", "0"], cwd=ROOT, env=environment, check=True
    )
    with closing(sqlite3.connect(tmp_path / "creator.sqlite3")) as database:
        database.execute(
            "INSERT INTO billing_ledgerentry (account_id, kind, amount, source, source_id, reason, at)"
            " VALUES (1, 'grant', 1, 's', '1', '', '2026-01-01')"
        )
        database.execute("INSERT INTO billing_draw (entry_id, bucket_id, amount) VALUES (1, 1, 1)")
        for statement in TAMPERING.values():
            with pytest.raises(sqlite3.IntegrityError, match=REFUSED):
                database.execute(statement)
        for statement in TAMPERING_WITH_DRAWS.values():
            with pytest.raises(sqlite3.IntegrityError, match=DRAWS_REFUSED):
                database.execute(statement)
        plans = database.execute("SELECT slug FROM billing_plan ORDER BY credits").fetchall()
    assert plans == [("free",), ("creator",), ("studio",)]
