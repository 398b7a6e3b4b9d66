import os
import subprocess
import sys

import pytest

from tests.house.tree import ROOT


def manage(*arguments, folder):
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env=os.environ | {"DATA_DIR": str(folder)},
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
