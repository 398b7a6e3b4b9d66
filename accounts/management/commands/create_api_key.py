"""`manage.py create_api_key EMAIL`: the same as `manage.py api_keys create EMAIL`."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from accounts.management.commands import api_keys


class Command(api_keys.Command):
    help = "Makes an API key for a user and prints it. It cannot be shown again: only its hash is stored."

    def add_arguments(self, parser: ArgumentParser) -> None:
        api_keys.add_create_arguments(parser)

    def handle(self, **options: Any) -> None:
        super().handle(action="create", **options)
