"""Management commands of several actions, such as `manage.py nodes drain NAME`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from creator.lib.errors import Refused


class ActionCommand(BaseCommand):
    """Calls the method `_<action>` with the parsed options."""

    def handle(self, *, action: str, **options: Any) -> None:
        with refusals_as_errors():
            getattr(self, f"_{action}")(options)


@contextmanager
def refusals_as_errors() -> Iterator[None]:
    """A refusal becomes the command's error, with its details."""
    try:
        yield
    except Refused as refused:
        raise CommandError(" ".join([refused.message, *refused.problems.values()])) from refused
