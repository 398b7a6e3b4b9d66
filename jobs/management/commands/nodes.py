"""The registry of nodes from the command line."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from creator.lib.errors import Refused
from jobs.enums import NodeState
from jobs.models import Node
from jobs.nodes import add_node, check_node, get_node, remove_node, set_state


class Command(BaseCommand):
    help = "Lists, adds, drains, enables and removes nodes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("list", help="all nodes and how they are")
        add = actions.add_parser("add", help="register a ComfyUI server")
        add.add_argument("url")
        add.add_argument("--name", help="default: made from the address")
        add.add_argument("--slots", type=int, help="prompts on it at a time")
        for action, words in (
            ("drain", "no new jobs; it finishes what it has"),
            ("enable", "new jobs again"),
            ("remove", "forget it, or switch it off if it has run jobs"),
        ):
            actions.add_parser(action, help=words).add_argument("name")

    def handle(self, *, action: str, **options: Any) -> None:
        try:
            getattr(self, f"_{action}")(options)
        except Refused as refused:
            raise CommandError(refused.message) from refused

    def _list(self, options: dict[str, Any]) -> None:
        for node in Node.objects.all():
            health = f"{node.failures} faults in a row" if node.failures else "well"
            self.stdout.write(
                f"{node.name}\t{node.state}\t{health}\t{node.slots} slots\t{node.version}\t{node.url}"
            )

    def _add(self, options: dict[str, Any]) -> None:
        if not options["url"].startswith(("http://", "https://")):
            raise CommandError(
                f"Write the whole address, such as http://gpu-machine:8188, not {options['url']}."
            )
        name = options["name"] or "".join(
            c if c.isalnum() else "-" for c in options["url"].split("//")[-1]
        ).strip("-")
        node = add_node(name=name, url=options["url"], slots=options["slots"])
        words = "answers" if check_node(node) else "does not answer yet; it gets jobs once it does"
        self.stdout.write(f"{node.name} is registered and {words}.")

    def _drain(self, options: dict[str, Any]) -> None:
        set_state(get_node(options["name"]), NodeState.DRAINING)

    def _enable(self, options: dict[str, Any]) -> None:
        set_state(get_node(options["name"]), NodeState.ACTIVE)

    def _remove(self, options: dict[str, Any]) -> None:
        remove_node(get_node(options["name"]))
