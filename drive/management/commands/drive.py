"""Connections and watched folders from the command line: lists, checks, pauses, new keys."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from accounts.encryption import Unreadable
from accounts.models import User
from drive.connections import connect_folder, renew_secrets
from drive.enums import Pause
from drive.models import Connection, WatchedFolder
from drive.opening import open_source
from drive.pausing import pause_folder, resume_folder
from drive.sources.base import FolderGone, SourceError

ACTIONS = ("list", "check", "pause", "resume", "rotate", "connect-folder")


class Command(BaseCommand):
    help = (
        "list: connections and watched folders. check: opens each source and says what is wrong. pause, resume: a "
        "watched folder, by its id. rotate: encrypts stored access with the first of ENCRYPTION_KEYS. "
        "connect-folder: lets a person watch a directory of this server, by address and path."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=ACTIONS)
        parser.add_argument(
            "words", nargs="*", help="pause, resume: the folder's id; connect-folder: EMAIL PATH"
        )

    def handle(self, *, action: str, words: list[str], **options: Any) -> None:
        if action == "list":
            self._list()
        elif action == "check":
            self._check()
        elif action == "rotate":
            self._rotate()
        elif action == "connect-folder":
            self._connect(*_exactly(2, words))
        else:
            self._move(action, *_exactly(1, words))

    def _list(self) -> None:
        for connection in _open_connections():
            state = connection.get_trouble_display() or "connected"
            self.stdout.write(f"{connection.kind}\t{connection.label}\t{connection.owner.email}\t{state}")
            for folder in connection.watched.filter(is_ended=False).order_by("created_at"):
                state = folder.get_pause_display() or "watching"
                self.stdout.write(
                    f"  {folder.pk}\t{folder.input_name} > {folder.preset_id} > {folder.output_name}\t{state}"
                )

    def _check(self) -> None:
        """Exit status 1 if anything is wrong."""
        wrong = 0
        for connection in _open_connections():
            problem = _problem_with(connection)
            wrong += bool(problem)
            self.stdout.write(
                f"{connection.kind}\t{connection.label}\t{connection.owner.email}\t{problem or 'works'}"
            )
        if wrong:
            raise CommandError(f"{wrong} of {_open_connections().count()} connections do not work.")

    def _rotate(self) -> None:
        renewed, unreadable = renew_secrets()
        self.stdout.write(f"{renewed} encrypted with the first of ENCRYPTION_KEYS, {unreadable} unreadable.")
        if unreadable:
            raise CommandError(
                "The owners of what is unreadable were asked to connect again. If you still have the key, add it to "
                "ENCRYPTION_KEYS and run this again."
            )

    def _connect(self, email: str, path: str) -> None:
        owner = User.objects.filter(email=email).first()
        if owner is None:
            raise CommandError(f"No account has the address {email}.")
        if not Path(path).is_dir():
            raise CommandError(f"{path} is not a directory.")
        connection = connect_folder(owner, Path(path), label=Path(path).resolve().name or path)
        self.stdout.write(f"{email} can now watch folders in {connection.account}.")

    def _move(self, action: str, folder_id: str) -> None:
        try:
            folder = WatchedFolder.objects.get(pk=UUID(folder_id), is_ended=False)
        except (ValueError, WatchedFolder.DoesNotExist) as error:
            raise CommandError(
                f"There is no watched folder with the id {folder_id}: see `drive list`."
            ) from error
        if action == "pause":
            done = pause_folder(folder, Pause.OWNER)
        else:
            done = resume_folder(folder)
        self.stdout.write(f"{folder.input_name}: {'done' if done else 'nothing to do'}")


def _exactly(most: int, words: list[str]) -> Iterable[str]:
    if len(words) != most:
        raise CommandError(f"This needs {most} more word{'s' if most > 1 else ''}: see `drive --help`.")
    return words


def _open_connections() -> Any:
    return Connection.objects.filter(disconnected_at=None).select_related("owner").order_by("created_at")


def _problem_with(connection: Connection) -> str:
    """Why it does not work, in words for the operator; empty if it does."""
    try:
        with open_source(connection) as source:
            for folder in connection.watched.filter(is_ended=False):
                source.folder(folder.input_id)
                source.folder(folder.output_id)
    except FolderGone as error:
        return f"a watched folder is gone: {error.folder or 'the root'}"
    except Unreadable:
        return "the stored access cannot be read: is a key missing from ENCRYPTION_KEYS?"
    except SourceError as error:
        return str(error)
    return ""
