"""The node registry from the command line."""

from __future__ import annotations

import json
from argparse import ArgumentParser, ArgumentTypeError
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.core.validators import validate_slug

from creator.lib.action_command import ActionCommand
from jobs.catalogue import offered_presets
from jobs.comfy import host_of, without_credentials
from jobs.enums import NodeState
from jobs.management.node_table import describe_check, describe_nodes, print_nodes
from jobs.models import Node
from jobs.nodes import SECRET_HEADER, add_node, check_node, get_node, remove_node, secret_of, set_state


class Command(ActionCommand):
    help = "Lists, adds, checks, drains, enables and removes nodes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        show = actions.add_parser("list", help="all nodes and their state")
        show.add_argument("--json", action="store_true", help="print a JSON list, for programs")
        add = actions.add_parser(
            "add", help="register a ComfyUI server, or move a known one to a new address"
        )
        add.add_argument("url")
        add.add_argument("--name", help="default: derived from the address")
        add.add_argument("--slots", type=_at_least_one, help="how many prompts it takes at a time")
        for action, help_text in (
            (
                "check",
                "check now whether it works, which presets it runs and what it lacks; exit status 1 if it does not work",
            ),
            ("drain", "give it no new jobs; staged prompts are recalled, the running one finishes"),
            ("enable", "give it new jobs again"),
            ("secret", "print the header that Creator sends to it, for the proxy before it"),
            ("remove", "delete it, or switch it off if it has run jobs"),
        ):
            actions.add_parser(action, help=help_text).add_argument("name")

    def _list(self, options: dict[str, Any]) -> None:
        nodes = describe_nodes()
        if options["json"]:
            self.stdout.write(json.dumps(nodes, indent=2))
        elif nodes:
            print_nodes(nodes, self.stdout.write)
        else:
            self.stdout.write("There are no nodes. Register one: manage.py nodes add http://gpu-machine:8188")

    def _add(self, options: dict[str, Any]) -> None:
        url = options["url"].rstrip("/")
        if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
            raise CommandError(
                f"Give the full address, such as http://gpu-machine:8188, not {without_credentials(url)}."
            )
        name = options["name"] or _name_of(url)
        _check_name(name)
        if other := Node.objects.filter(url=url).exclude(name=name).first():
            raise CommandError(
                f"{other.name} has that address already. Two nodes with one address would compete for one GPU."
            )
        node = add_node(name=name, url=url, slots=options["slots"])
        if check_node(node):
            self.stdout.write(f"{node.name} is registered and works.")
            return
        node.refresh_from_db()
        self.stdout.write(
            f"{node.name} is registered and gets jobs once it works. Now it does not: {node.trouble}"
        )

    def _check(self, options: dict[str, Any]) -> None:
        node = get_node(options["name"])
        well = check_node(node, afresh=True)
        node.refresh_from_db()
        found = "\n".join(describe_check(node, offered_presets(), well=well))
        if not well:
            raise CommandError(found)
        self.stdout.write(found)

    def _drain(self, options: dict[str, Any]) -> None:
        node = get_node(options["name"])
        set_state(node, NodeState.DRAINING)
        left = node.attempts.filter(node_done_at__isnull=True).count()
        waits = f"It has {left} prompt{'s' if left > 1 else ''} left." if left else "It has no prompts."
        self.stdout.write(f"{node.name} gets no new jobs. {waits}")

    def _enable(self, options: dict[str, Any]) -> None:
        node = get_node(options["name"])
        set_state(node, NodeState.ACTIVE)
        result = (
            "gets new jobs" if check_node(node) else "is enabled, but does not work yet: see `nodes list`"
        )
        self.stdout.write(f"{node.name} {result}.")

    def _secret(self, options: dict[str, Any]) -> None:
        self.stdout.write(f"{SECRET_HEADER.title()}: {secret_of(get_node(options['name']).url)}")

    def _remove(self, options: dict[str, Any]) -> None:
        gone = remove_node(get_node(options["name"]))
        result = "is removed" if gone else "is switched off; its record stays with the jobs it ran"
        self.stdout.write(f"{options['name']} {result}.")


def _at_least_one(raw: str) -> int:
    if not raw.isdecimal() or not 1 <= int(raw) <= 64:
        raise ArgumentTypeError("between 1 and 64 prompts")
    return int(raw)


def _name_of(url: str) -> str:
    return "".join(c if c.isalnum() else "-" for c in host_of(url)).strip("-")


def _check_name(name: str) -> None:
    try:
        validate_slug(name)
    except ValidationError as error:
        raise CommandError(f"A name may contain only letters, digits, - and _, unlike {name}.") from error
