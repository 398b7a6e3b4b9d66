"""What pages and the API show of watched folders. The number of statements never depends on the number of rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.db.models import Count, QuerySet, Sum

from accounts.models import User
from creator.lib.clock import read_database_now
from creator.lib.formatting import count
from drive.access import folders_of
from drive.enums import FileState, Pause, SourceKind, Trouble
from drive.models import Connection, FoundFile, Picture, WatchedFolder
from jobs.models import Job
from jobs.queries import load_pictures

NEWEST = 20
"""So many files a folder's page shows."""
UNSHOWN = ("connection__cursor", "connection__access")
"""Never shown; the cursor can be long, and each folder of a connection would bring it along."""
OF_PAUSE = {
    Pause.OWNER: "You paused this folder. New files wait until you resume it.",
    Pause.CREDITS: "No credits or jobs are left for the next picture. Files wait, and go on by themselves once there are.",
    Pause.CAP: "The folder's daily limit is reached. Files wait, and go on by themselves at midnight UTC.",
    Pause.PRESET: "The preset is not on offer at present. Files wait; choose another preset, or wait until it is back.",
    Pause.PLAN: "Your plan does not include this. Files wait until you have a plan that does.",
    Pause.INPUT_GONE: "The folder is not there any more, or we may not see it. Put it back, or watch another one.",
    Pause.OUTPUT_GONE: "The folder for results is not there any more, or we may not write to it. Put it back, or choose another one.",
    Pause.FULL: "There is no room for results. Free some space; the folder then goes on by itself.",
}
"""The sentence for each pause whose words say no more."""
OF_TROUBLE = {
    Trouble.ACCESS_LOST: "The access to {label} was revoked or has ended. Connect again; the files wait.",
    Trouble.UNREADABLE: "The stored access to {label} cannot be read any more. Connect again; the files wait.",
}


@dataclass(frozen=True)
class FolderView:
    """A watched folder as its owner sees it.

    `state` is one word: `watching`, `paused`, `disconnected`, or `away` while the source does not answer. `sentence`
    says why, and what to do. `checked_at` is when the last look succeeded, None before the first. `spent_today` is in
    credits, since midnight UTC. `counts` has the number of files in each `FileState` that any is in.
    """

    folder: WatchedFolder
    state: str
    sentence: str
    checked_at: datetime | None
    spent_today: int
    counts: Mapping[str, int]

    @property
    def waiting(self) -> int:
        """How many files were found and not read yet."""
        return self.counts.get(FileState.FOUND, 0)


@dataclass(frozen=True)
class ConnectionView:
    """A connection as its owner sees it.

    `state` is one word: `connected`, `disconnected`, or `away` while the source does not answer; `sentence` says why.
    """

    connection: Connection
    state: str
    sentence: str


@dataclass(frozen=True)
class FileView:
    """A file that was found, and its job unless its owner deleted that."""

    file: FoundFile
    job: Job | None


def connection_views(connections: Iterable[Connection]) -> list[ConnectionView]:
    """The connections as their owner sees them. No queries."""
    return [ConnectionView(each, *_connection_state(each)) for each in connections]


def folder_views(user: User) -> list[FolderView]:
    """All folders that the person watches, oldest first. Four queries."""
    return _views(folders_of(user))


@dataclass(frozen=True)
class Glance:
    """How many folders a person watches, and how many of them make no pictures, and why."""

    watched: int
    paused: int = 0
    disconnected: int = 0


def at_a_glance(user: User) -> Glance:
    """The person's folders in numbers. One query."""
    states = [_state(folder)[0] for folder in folders_of(user).defer(*UNSHOWN)]
    return Glance(len(states), states.count("paused"), states.count("disconnected"))


def folder_view(folder: WatchedFolder) -> FolderView:
    """One folder as its owner sees it. Four queries."""
    rows = WatchedFolder.objects.filter(pk=folder.pk).select_related("connection", "preset")
    return _views(rows)[0]


def spent_today(folder_id: UUID) -> int:
    """Credits that the folder's jobs have held since midnight UTC. One query besides the clock's."""
    return _spent([folder_id]).get(folder_id, 0)


def last_files(folder: WatchedFolder, most: int = NEWEST) -> list[FoundFile]:
    """The newest files that a look found, with their pictures, jobs and results; none that nobody is told of.

    At most five queries.
    """
    told = told_files(folder).order_by("-pk")
    files = list(told.select_related("picture__job__progress", "picture__job__upload")[:most])
    jobs = {file.picture.job for file in files if file.picture and file.picture.job}
    load_pictures(sorted(jobs, key=lambda job: job.pk))
    return files


def told_files(folder: WatchedFolder) -> QuerySet[FoundFile]:
    """The files that were found in the folder, with their pictures and jobs; none that nobody is told of."""
    return folder.files.exclude(state=FileState.IGNORED).select_related("picture__job")


def file_views(files: Iterable[FoundFile]) -> list[FileView]:
    """The files as their owner sees them. No queries if they come from `told_files`."""
    return [FileView(file, job_of(file)) for file in files]


def job_of(file: FoundFile) -> Job | None:
    """The job of the file's picture, unless its owner deleted it."""
    job = file.picture.job if file.picture else None
    return job if job and not job.deleted_at else None


def _views(rows: QuerySet[WatchedFolder]) -> list[FolderView]:
    folders = list(rows.defer(*UNSHOWN))
    ids = [folder.pk for folder in folders]
    spent, counts = _spent(ids), _counts(ids)
    return [_view(folder, spent.get(folder.pk, 0), counts[folder.pk]) for folder in folders]


def _view(folder: WatchedFolder, spent: int, counts: Mapping[str, int]) -> FolderView:
    state, sentence = _state(folder)
    return FolderView(folder, state, sentence, folder.connection.looked_at, spent, counts)


def _state(folder: WatchedFolder) -> tuple[str, str]:
    """What holds the folder up most comes first: without access, nothing else matters."""
    state, sentence = _connection_state(folder.connection)
    if state == "disconnected":
        return state, sentence
    if folder.pause:
        return "paused", why_paused(folder)
    if state == "away":
        return state, sentence
    return "watching", f"New pictures in {folder.input_name} are made with {folder.preset_id}."


def _connection_state(connection: Connection) -> tuple[str, str]:
    if not connection.is_open:
        return "disconnected", "You disconnected it. Connect again to go on; the files wait."
    if connection.trouble:
        return "disconnected", OF_TROUBLE[Trouble(connection.trouble)].format(label=connection.label)
    if connection.failures:
        tries = count(connection.failures, "time")
        place = SourceKind(connection.kind).label
        return "away", f"{place} did not answer {tries} in a row. We keep trying; nothing is lost."
    return "connected", ""


def why_paused(folder: WatchedFolder) -> str:
    """Why a paused folder makes nothing, and what its owner can do, in whole sentences."""
    return folder.pause_words or OF_PAUSE[Pause(folder.pause)]


def _spent(ids: Sequence[UUID]) -> dict[UUID, int]:
    pictures = Picture.objects.filter(folder__in=ids, submitted_at__gte=midnight())
    return dict(pictures.values_list("folder").annotate(Sum("price")))


def midnight() -> datetime:
    """When the present day began, in UTC, by the database's clock."""
    now = read_database_now().astimezone(UTC)
    return now.replace(hour=0, minute=0, second=0, microsecond=0)


def _counts(ids: Sequence[UUID]) -> Mapping[UUID, Mapping[str, int]]:
    rows = FoundFile.objects.filter(folder__in=ids).values_list("folder", "state").annotate(Count("pk"))
    counts: dict[UUID, dict[str, int]] = defaultdict(dict)
    for folder_id, state, number in rows:
        counts[folder_id][state] = number
    return counts
