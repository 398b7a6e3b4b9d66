"""What people are told of their watched folders: a folder that waits, a connection that ended, and each day's work."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Sum

from accounts.models import User
from accounts.notifications import Group, Kind, notify, register_kind
from creator.platform.one_by_one import one_by_one
from drive.enums import FileState, SourceKind, Trouble
from drive.models import Connection, FoundFile, Picture, WatchedFolder
from drive.queries import midnight, why_paused
from jobs.enums import JobStatus

FOLDERS = Group("Watched folders", "You get this mail because you have a folder watched.")
DAY = timedelta(days=1)

FOLDER_PAUSED = register_kind(
    Kind(
        name="folder_paused",
        title="A watched folder waits",
        subject="Your folder “{{ folder }}” makes no pictures at present",
        group=FOLDERS,
        optional=True,
        sample={"folder": "inbox", "why": "The folder's daily limit is reached."},
    )
)
DRIVE_DISCONNECTED = register_kind(
    Kind(
        name="drive_disconnected",
        title="A connection ended",
        subject="Connect {{ place }} again",
        group=FOLDERS,
        sample={"place": "Google Drive", "label": "ada@example.org", "why": Trouble.ACCESS_LOST.value},
    )
)
FOLDERS_DIGEST = register_kind(
    Kind(
        name="folders_digest",
        title="What your watched folders made in a day",
        subject="Your watched folders made {{ made }} picture{{ made|pluralize }}",
        group=FOLDERS,
        optional=True,
        sample={"day": "28 November 2026", "made": 12, "refused": 1, "spent": 24},
    )
)


def tell_paused(folder: WatchedFolder) -> None:
    """Tells the owner why the folder waits and what to do: once for each pause, in its transaction."""
    assert folder.paused_at is not None  # by a constraint, every pause has a time
    notify(
        FOLDER_PAUSED,
        folder.owner,
        event_id=f"{folder.pk.hex}:{folder.pause}:{folder.paused_at:%Y%m%dT%H%M%S}",
        facts={"folder": folder.input_name, "why": why_paused(folder)},
    )


def tell_disconnected(connection: Connection) -> None:
    """Tells the owner to connect again: once for each trouble, in its transaction."""
    assert connection.troubled_at is not None  # written with the trouble
    notify(
        DRIVE_DISCONNECTED,
        connection.owner,
        event_id=f"{connection.pk}:{connection.troubled_at:%Y%m%dT%H%M%S}",
        facts={
            "place": SourceKind(connection.kind).label,
            "label": connection.label,
            "why": connection.trouble,
        },
    )


def send_digests() -> int:
    """Tells each person what their folders made, refused and spent yesterday (UTC), if anything. Returns how many.

    A second run on the same day sends no mail again.
    """
    until = midnight()
    made, refused = _made(until - DAY, until), _refused(until - DAY, until)
    people = User.objects.filter(pk__in=made.keys() | refused.keys())

    def tell(person: User) -> bool:
        pictures, credits = made.get(person.pk, (0, 0))
        _tell_of_day(person, until - DAY, pictures, refused.get(person.pk, 0), credits)
        return True

    return one_by_one(people, tell, name="folders_digest_not_sent")


@transaction.atomic
def _tell_of_day(person: User, day: datetime, made: int, refused: int, spent: int) -> None:
    facts = {"day": f"{day:%-d %B %Y}", "made": made, "refused": refused, "spent": spent}
    notify(FOLDERS_DIGEST, person, event_id=f"{day:%Y-%m-%d}", facts=facts)


def _made(since: datetime, until: datetime) -> dict[UUID, tuple[int, int]]:
    """How many pictures were finished, and what they cost in credits, by owner."""
    done = Picture.objects.filter(
        job__status=JobStatus.COMPLETED, job__finished_at__gte=since, job__finished_at__lt=until
    )
    rows = done.values_list("folder__owner").annotate(Count("pk"), Sum("price"))
    return {owner: (pictures, credits) for owner, pictures, credits in rows}


def _refused(since: datetime, until: datetime) -> dict[UUID, int]:
    """How many files could not be used, by owner."""
    files = FoundFile.objects.filter(state=FileState.REFUSED, found_at__gte=since, found_at__lt=until)
    return dict(files.values_list("folder__owner").annotate(Count("pk")))
