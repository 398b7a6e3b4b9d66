"""Compares every locked version with the newest patch release of its line: `make audit`.

    python requirements/audit.py UV

A locked 5.2.19 is compared with the newest 5.2.*, a locked 0.14 with the newest 0.*. Exit status: 0 all are the
newest, 1 some are behind, or the package index did not tell the newest of some.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
LOCKS = ("base.txt", "dev.txt")
PIN = re.compile(r"^([a-z0-9._-]+)(?:\[[^]]*\])?==(\S+)", re.MULTILINE)


def read_pins(text: str) -> dict[str, str]:
    """The versions by package name, from a file that uv or pip wrote."""
    return dict(PIN.findall(text))


def line_of(version: str) -> str:
    """The versions that are the same line, as a specifier (PEP 440, "Compatible release")."""
    return f"~={version}" if "." in version else f">={version}"


def find_newest(pins: dict[str, str], uv: str) -> tuple[dict[str, str], str]:
    """The newest versions that the package index has, and what uv said if it could not tell."""
    newest, said = _ask(pins, uv)
    if said:  # one package that cannot be found hides all others, so each is asked for alone
        answers = [_ask({name: version}, uv) for name, version in pins.items()]
        newest = {name: version for found, _ in answers for name, version in found.items()}
        said = "\n".join(each for _, each in answers if each)
    return newest, said


def _ask(pins: dict[str, str], uv: str) -> tuple[dict[str, str], str]:
    wanted = "\n".join(f"{name}{line_of(version)}" for name, version in pins.items())
    command = [uv, "pip", "compile", "--quiet", "--no-deps", "--no-header", "--python-version", "3.11", "-"]
    done = subprocess.run(command, input=wanted, capture_output=True, text=True)
    return read_pins(done.stdout), done.stderr


def main(uv: str) -> int:
    pins = read_pins("\n".join((FOLDER / name).read_text() for name in LOCKS))
    newest, said = find_newest(pins, uv)
    skipped = sorted(pins.keys() - newest.keys())
    behind = sorted(name for name, version in newest.items() if pins.get(name) != version)
    for name, version in sorted(pins.items()):
        verdict = (
            f"{newest[name]} is newer" if name in behind else "NOT LOOKED UP" if name in skipped else "newest"
        )
        print(f"{name:32}{version:16}{verdict}")
    print(f"\n{len(pins)} packages: {len(behind)} behind, {len(skipped)} not looked up")
    if said:
        print(said, file=sys.stderr)
    return 1 if behind or skipped else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
