"""Changes of plan from the command line."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from billing.by_hand import set_plan
from billing.management.people import find_person
from creator.lib.action_command import refusals_as_errors


class Command(BaseCommand):
    help = "Gives a user another plan at once. Credits stay as they are."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="e-mail address of the user")
        parser.add_argument("plan", help="slug of the plan; `manage.py plans` lists them")

    def handle(self, *, email: str, plan: str, **options: Any) -> None:
        with refusals_as_errors():
            limits = set_plan(owner=find_person(email), slug=plan)
        self.stdout.write(f"{email} has the {limits.title} plan.")
