"""What is made from the API's document is up to date, and the wheel of the Python client installs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.tree import ROOT

PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]


@pytest.mark.parametrize("script", ["clients/python/generate.py", "clients/postman/generate.py"])
def test_it_is_what_the_document_says(script):
    done = subprocess.run([sys.executable, script, "--check"], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, ""), f"run make openapi\n{done.stderr}"


def test_the_wheel_installs(tmp_path: Path):
    build = [*PIP, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(tmp_path)]
    source = tmp_path / "source"
    subprocess.run(
        ["cp", "-r", str(ROOT / "clients/python"), str(source)], check=True
    )  # pip builds inside it
    subprocess.run([*build, str(source)], check=True)
    (wheel,) = tmp_path.glob("creator_client-*.whl")
    target = tmp_path / "installed"
    subprocess.run([*PIP, "install", "--no-deps", "--target", str(target), str(wheel)], check=True)
    assert (target / "creator_client/py.typed").is_file()
    code = "import creator_client; print(creator_client.__file__, creator_client.__version__)"
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env={"PYTHONPATH": str(target)}, capture_output=True, text=True, check=True
    )  # fmt: skip
    assert said.stdout.split() == [str(target / "creator_client/__init__.py"), "1.0.0"]
