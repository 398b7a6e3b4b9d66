"""Signed-in programs from the command line."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from accounts.enums import FamilyEnd
from accounts.models import TokenFamily, User
from accounts.tokens import end_all, end_family, list_families
from creator.lib.action_command import ActionCommand
from creator.lib.errors import Refused
from creator.lib.formatting import moment


class Command(ActionCommand):
    help = "Lists the programs that are signed in as a user, and signs them out."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        show = actions.add_parser("list", help="a user's programs: id, last use, address and device")
        show.add_argument("email", help="e-mail address of the user")
        end = actions.add_parser("end", help="sign one program out at once")
        end.add_argument("program", type=UUID, help="its id, as `list` shows it")
        end_them = actions.add_parser("end_all", help="sign every program of a user out at once")
        end_them.add_argument("email", help="e-mail address of the user")

    def _list(self, options: dict[str, Any]) -> None:
        families = list_families(_user(options["email"]))
        for family in families:
            used = moment(family.refreshed_at, "minute")
            self.stdout.write(f"{family.id}  used {used}  {family.address}  {family.device}")
        if not families:
            self.stdout.write(f"{options['email']} has no signed-in programs.")

    def _end(self, options: dict[str, Any]) -> None:
        family = TokenFamily.objects.select_related("owner").filter(pk=options["program"]).first()
        if family is None:
            raise Refused("not_found", "There is no such program. `programs list` shows ids.")
        done = end_family(family, FamilyEnd.REVOKED)
        self.stdout.write(f"{family} is signed out." if done else f"{family} was signed out before.")

    def _end_all(self, options: dict[str, Any]) -> None:
        self.stdout.write(f"Signed out: {end_all(_user(options['email']))}.")


def _user(email: str) -> User:
    user = User.objects.find(email)
    if user is None:
        raise Refused("not_found", f"There is no user {email}.")
    return user
