"""Keeps the two documents about settings equal to `creator.config`."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from creator.config import BASE_DIR, variables

START, END = "<!-- settings: make settings-table writes this -->\n", "<!-- end of settings -->\n"


class Command(BaseCommand):
    help = "Writes or checks README's table of settings and .env.example."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_mutually_exclusive_group(required=True)
        actions.add_argument("--write", action="store_true", help="bring both up to date")
        actions.add_argument("--check", action="store_true", help="fail when one is not")

    def handle(self, *, write: bool, **options: Any) -> None:
        for path, text in wanted_texts().items():
            if write:
                path.write_text(text)
            elif not path.exists() or path.read_text() != text:
                raise CommandError(f"{path.name} does not say what creator.config says: make settings-table")


def wanted_texts() -> dict[Path, str]:
    """What README.md and .env.example should say. Raises CommandError where README has lost its markers."""
    readme = BASE_DIR / "README.md"
    before, start, rest = readme.read_text().partition(START)
    _, end, after = rest.partition(END)
    if not start or not end:
        raise CommandError("README.md has lost the markers around its table of settings.")
    return {readme: f"{before}{START}{table()}{END}{after}", BASE_DIR / ".env.example": example()}


def table() -> str:
    """Every variable as a row of a Markdown table."""
    rows = [
        f"| `{name}` | {f'`{default}`' if default else ''} | {words} |"
        for name, default, words in variables()
    ]
    return "\n".join(["| variable | default | what it sets |", "| --- | --- | --- |", *rows, ""])


def example() -> str:
    """An environment file in which every variable stands with its default, commented out."""
    lines = [
        "# Settings are environment variables; these are all of them, with their defaults. A copy named .env is read.",
    ]
    for name, default, words in variables():
        value = f'"{default}"' if " " in default else default
        lines += ["", f"# {words.replace('`', '')}", f"#{name}={value}"]
    return "\n".join([*lines, ""])
