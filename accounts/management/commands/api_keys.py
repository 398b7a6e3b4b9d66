"""API keys from the command line."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from accounts.api_keys import JOB_SCOPES, LONGEST, keys_of, make_api_key, revoke_api_key
from accounts.enums import Scope
from accounts.models import ApiKey, User
from creator.lib.action_command import ActionCommand
from creator.lib.errors import Refused
from creator.lib.formatting import moment


class Command(ActionCommand):
    """`create` prints only the key to standard output, for use in scripts; messages go to standard error."""

    help = "Lists, creates and revokes the API keys of a user."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        show = actions.add_parser("list", help="a user's keys: id, state, scopes and use")
        show.add_argument("email", help="e-mail address of the keys' owner")
        add_create_arguments(actions.add_parser("create", help="make a key and print it, once"))
        revoke = actions.add_parser("revoke", help="revoke a key at once and permanently")
        revoke.add_argument("key", help="its id, or its beginning as lists show it")

    def _list(self, options: dict[str, Any]) -> None:
        keys = keys_of(_owner(options["email"]))
        for key in keys:
            self.stdout.write(_line(key))
        if not keys:
            self.stdout.write(f"{options['email']} has no keys.")

    def _create(self, options: dict[str, Any]) -> None:
        days = options["days"]
        expires_at = timezone.now() + timedelta(days=days) if days is not None else None
        owner = _owner(options["email"])
        key, secret = make_api_key(
            owner=owner, name=options["name"], scopes=options["scopes"] or JOB_SCOPES, expires_at=expires_at
        )
        until = f"until {moment(expires_at, 'minute')}" if expires_at else "until it is revoked"
        self.stderr.write(
            f"{key.prefix}… works for {owner.shown_email} {until}. Keep it safe: it is not shown again."
        )
        self.stdout.write(secret)

    def _revoke(self, options: dict[str, Any]) -> None:
        key = _key(options["key"])
        done = revoke_api_key(key=key)
        self.stdout.write(f"{key} is revoked." if done else f"{key} was revoked before.")


def add_create_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("email", help="e-mail address of the key's owner")
    parser.add_argument("--name", default="command line", help="name of the key")
    parser.add_argument("--days", type=_days, help="days until it expires; default: never")
    parser.add_argument(
        "--scope",
        action="append",
        choices=Scope.values,
        dest="scopes",
        help=f"what the key may do, once for each scope; default: {' and '.join(JOB_SCOPES)}",
    )


def _days(given: str) -> int:
    if not given.isdecimal() or not 1 <= int(given) <= LONGEST.days:
        raise ArgumentTypeError(f"from 1 to {LONGEST.days:,}")
    return int(given)


def _owner(email: str) -> User:
    owner = User.objects.find(email)
    if owner is None or not owner.is_active:
        raise Refused("not_found", f"There is no active user {email}.")
    return owner


def _key(given: str) -> ApiKey:
    """By id or prefix. The whole key is accepted too: its prefix finds it."""
    try:
        found = ApiKey.objects.filter(pk=UUID(given))
    except ValueError:
        found = ApiKey.objects.filter(prefix=given.rstrip("…"))
    key = found.select_related("owner").first()
    if key is None:
        raise Refused("not_found", "There is no such key. `api_keys list` shows ids and prefixes.")
    return key


def _line(key: ApiKey) -> str:
    state = "works" if key.works else "revoked" if key.revoked_at else "expired"
    until = moment(key.expires_at, "minute") if key.expires_at else "never"
    used = moment(key.last_used_at, "minute") if key.last_used_at else "never"
    return (
        f"{key.id}  {key.prefix}  {state:7}  {','.join(key.scopes)}  expires {until}  used {used}  {key.name}"
    )
