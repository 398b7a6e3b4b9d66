"""The locks: exact versions with hashes, and the audit that compares them with what is newest."""

import importlib.util
import re

import pytest

from tests.house.tree import ROOT

FOLDER = ROOT / "requirements"
_spec = importlib.util.spec_from_file_location("audit", FOLDER / "audit.py")
audit = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(audit)

FAKE_UV = """#!/bin/sh
case "$*" in *--no-deps*) ;; *) exit 9 ;; esac
wanted=$(cat)
case "$wanted" in *"
"*) echo "no version of gone" >&2; exit 1 ;; esac
case "$wanted" in
    old*) echo "old==1.2.9" ;;
    same*) echo "same==2.0" ;;
    *) echo "no version of gone" >&2; exit 1 ;;
esac
"""


@pytest.mark.parametrize("name", audit.LOCKS)
def test_every_locked_version_has_hashes(name):
    text = (FOLDER / name).read_text()
    entries = re.split(r"^(?=[a-z])", text, flags=re.MULTILINE)[1:]
    assert len(entries) == len(audit.read_pins(text)) > 50
    assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize(("version", "line"), [("5.2.19", "~=5.2.19"), ("0.14", "~=0.14"), ("26", ">=26")])
def test_a_line_is_what_a_compatible_release_is(version, line):
    assert audit.line_of(version) == line


@pytest.mark.parametrize(
    ("locked", "status", "said"),
    [
        ("same==2.0 \\\n", 0, "1 packages: 0 behind, 0 not looked up"),
        ("old==1.2.3\nsame==2.0\n", 1, "2 packages: 1 behind, 0 not looked up"),
        ("gone==1.0\nsame==2.0\n", 1, "2 packages: 0 behind, 1 not looked up"),
    ],
)
def test_what_is_behind_or_cannot_be_looked_up_fails(tmp_path, monkeypatch, capsys, locked, status, said):
    uv = tmp_path / "uv"
    uv.write_text(FAKE_UV)
    uv.chmod(0o755)
    (tmp_path / "base.txt").write_text(locked)
    monkeypatch.setattr(audit, "FOLDER", tmp_path)
    monkeypatch.setattr(audit, "LOCKS", ("base.txt",))
    assert audit.main(str(uv)) == status
    assert said in capsys.readouterr().out
