"""Generates README's table of settings and .env.example from `creator.config`."""

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
        actions.add_argument("--write", action="store_true", help="update both files")
        actions.add_argument("--check", action="store_true", help="fail if one is out of date")

    def handle(self, *, write: bool, **options: Any) -> None:
        for path, text in wanted_texts().items():
            if write:
                path.write_text(text)
            elif not path.exists() or path.read_text() != text:
                raise CommandError(f"{path.name} differs from creator.config. Run: make settings-table")


def wanted_texts() -> dict[Path, str]:
    """The wanted contents of README.md and .env.example. Raises CommandError if README lacks the markers."""
    readme = BASE_DIR / "README.md"
    before, start, rest = readme.read_text().partition(START)
    _, end, after = rest.partition(END)
    if not start or not end:
        raise CommandError("README.md lacks the markers around its table of settings.")
    return {readme: f"{before}{START}{table()}{END}{after}", BASE_DIR / ".env.example": example()}


def table() -> str:
    """Every variable as a row of a Markdown table."""
    rows = [
        f"| `{name}` | {f'`{default}`' if default else ''} | {help_text} |"
        for name, default, help_text in variables()
    ]
    return "\n".join(["| variable | default | what it sets |", "| --- | --- | --- |", *rows, ""])


def example() -> str:
    """An environment file that lists every variable with its default, commented out."""
    lines = [
        "# All settings, as environment variables with their defaults. To change some, copy this file to .env.",
    ]
    for name, default, help_text in variables():
        value = f'"{default}"' if " " in default else default
        lines += ["", f"# {help_text.replace('`', '')}", f"#{name}={value}"]
    return "\n".join([*lines, ""])
