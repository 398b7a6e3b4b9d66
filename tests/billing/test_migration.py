"""What an upgrade makes of balances from before there were buckets."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing

from tests.house.tree import ROOT


def manage(folder, *arguments):
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=os.environ | {"DATA_DIR": str(folder), "DATABASE_URL": ""},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    return done.stdout


def test_balances_become_a_bucket_that_never_expires_and_open_holds_have_drawn_from_it(tmp_path):
    manage(tmp_path, "migrate", "--verbosity", "0", "billing", "0008")
    with closing(sqlite3.connect(tmp_path / "creator.sqlite3")) as database:
        database.executescript(
            """
            INSERT INTO billing_creditaccount (id, plan_id, available, reserved, spent, granted, created_at)
            VALUES (1, 'free', 31, 8, 11, 50, '2026-01-01'), (2, 'free', 0, 0, 50, 50, '2026-01-01');
            INSERT INTO billing_hold (id, account_id, reference, amount, label, state, created_at, closed_at)
            VALUES (1, 1, 'job:1', 8, 'x', 'open', '2026-01-01', NULL),
              (2, 1, 'job:2', 11, 'x', 'settled', '2026-01-01', '2026-01-01'),
              (3, 1, 'job:3', 0, 'x', 'open', '2026-01-01', NULL),
              (4, 2, 'job:4', 50, 'x', 'settled', '2026-01-01', '2026-01-01');
            INSERT INTO billing_ledgerentry (id, account_id, kind, amount, hold_id, source, source_id, reason, at)
            VALUES (1, 1, 'grant', 50, NULL, 'opening', '1', '', '2026-01-01'),
              (2, 1, 'hold', 8, 1, '', '', '', '2026-01-01'), (3, 1, 'hold', 11, 2, '', '', '', '2026-01-01'),
              (4, 1, 'settle', 11, 2, '', '', '', '2026-01-01'), (5, 1, 'hold', 0, 3, '', '', '', '2026-01-01'),
              (6, 2, 'grant', 50, NULL, 'opening', '2', '', '2026-01-01'),
              (7, 2, 'hold', 50, 4, '', '', '', '2026-01-01'), (8, 2, 'settle', 50, 4, '', '', '', '2026-01-01');
            """
        )
    manage(tmp_path, "migrate", "--verbosity", "0")
    with closing(sqlite3.connect(tmp_path / "creator.sqlite3")) as database:
        buckets = database.execute(
            'SELECT account_id, entry_id, amount, "left", expires_at FROM billing_creditbucket'
        ).fetchall()
        draws = database.execute("SELECT entry_id, amount FROM billing_draw").fetchall()
    assert (buckets, draws) == ([(1, None, 39, 31, None)], [(2, 8)])
    assert manage(tmp_path, "ledger_audit") == "2 accounts, 8 entries, drift 0\n"
