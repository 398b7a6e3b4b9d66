"""`manage.py cpu_node`: runs a ComfyUI node without a GPU. It ends with the shell or process that started it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from jobs.cpu_node.server import add_arguments, read_options, run


class Command(BaseCommand):
    help = "Runs a ComfyUI node that needs no GPU."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        add_arguments(parser)

    def handle(self, *args: object, **options: Any) -> None:
        run(read_options(options | {"with_parent": True}))
