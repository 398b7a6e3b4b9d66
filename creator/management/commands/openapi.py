"""Writes docs/openapi.json and the table of errors in docs/api.md from the views and the list of codes."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from creator.api.openapi import DOCUMENT
from creator.config import BASE_DIR

API_PAGE = BASE_DIR / "docs/api.md"


class Command(BaseCommand):
    help = "Writes or checks the OpenAPI document and the table of errors in docs/api.md. Needs `make dev`."
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
                raise CommandError(f"{path.name} differs from the views and the codes. Run: make openapi")


def wanted_texts() -> dict[Path, str]:
    """The wanted contents of both files."""
    from creator.api.document.generator import build_document  # drf-spectacular is for development only
    from creator.api.document.table import with_table

    document = json.dumps(build_document(), indent=1, ensure_ascii=False) + "\n"
    return {DOCUMENT: document, API_PAGE: with_table(API_PAGE.read_text())}
