import os
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from tests.house.tree import ROOT


def manage(*arguments, folder, **settings):
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=os.environ | {"DATA_DIR": str(folder)} | settings,
        capture_output=True,
        text=True,
    )


@pytest.mark.services
def test_a_new_database_is_migrated_to_the_models(tmp_path):
    migrated = manage("migrate", "--verbosity", "0", folder=tmp_path)
    assert (migrated.returncode, migrated.stdout, migrated.stderr) == (0, "", "")
    missing = manage("makemigrations", "--check", "--dry-run", folder=tmp_path)
    assert (missing.returncode, missing.stdout) == (0, "No changes detected\n")
    assert manage("migrate", "--check", folder=tmp_path).returncode == 0


def test_an_upgrade_gives_each_plan_the_limits_that_a_new_database_has(tmp_path):
    def migrated(*target):
        done = manage("migrate", "--verbosity", "0", *target, folder=tmp_path, DATABASE_URL="")
        assert (done.returncode, done.stderr) == (0, "")
        with closing(sqlite3.connect(tmp_path / "creator.sqlite3")) as database:
            database.row_factory = sqlite3.Row
            return [dict(row) for row in database.execute("SELECT * FROM billing_plan ORDER BY credits")]

    new = migrated()
    assert "cancels_per_hour" not in migrated("billing", "0006")[0]
    assert migrated() == new
