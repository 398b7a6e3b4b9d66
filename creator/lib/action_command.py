"""Management commands of several actions, such as `manage.py nodes drain NAME`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from creator.lib.errors import Refused


class ActionCommand(BaseCommand):
    """Calls the method `_<action>` with the parsed options.

    A refusal becomes the command's error, with its details.
    """

    def handle(self, *, action: str, **options: Any) -> None:
        try:
            getattr(self, f"_{action}")(options)
        except Refused as refused:
            raise CommandError(" ".join([refused.message, *refused.problems.values()])) from refused
