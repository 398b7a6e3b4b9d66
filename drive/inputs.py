"""Reads a file that was found in a watched folder, because a request names it as the photo of its job."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

from accounts.encryption import Unreadable
from accounts.models import User
from billing.enums import Feature
from billing.plans import PlanLimits, require_feature
from creator.lib.errors import Refused
from creator.lib.scratch import scratch_folder
from drive.enums import FileState, SourceKind
from drive.models import FoundFile
from drive.opening import open_source
from drive.pausing import note_lost
from drive.sources.base import AccessLost, Changed, SourceError, SourceFile, TooLarge, Vanished
from jobs.uploads.fetching import RETRY_AFTER, place_to_fetch
from jobs.uploads.refusing import naming_the_plan
from jobs.uploads.unfit import refuse, too_many_bytes

log = structlog.get_logger(__name__)


@contextmanager
def read_found(owner: User, file_id: int, limits: PlanLimits) -> Iterator[tuple[Path, str]]:
    """A copy of the person's file and its name; the copy is gone after the block. The file is left as it is.

    Raises Refused as `jobs.uploads.elsewhere.Reads` says, `plan_required`, and `rate_limited` if other files of the person
    are being read.
    """
    file = _found(owner, file_id)
    if file.folder.connection.kind != SourceKind.FOLDER:
        require_feature(owner.pk, Feature.DRIVE)
    with tempfile.TemporaryDirectory(prefix="drive-", dir=scratch_folder()) as scratch:
        content = Path(scratch) / "content"
        with place_to_fetch(owner.pk):
            _read(file, content, limits)
        yield content, file.name


def _found(owner: User, file_id: int) -> FoundFile:
    mine = FoundFile.objects.filter(folder__owner=owner, folder__is_ended=False)
    told = mine.exclude(state=FileState.IGNORED).select_related("folder__connection")
    if (found := told.filter(pk=file_id).first()) is None:
        sentence = "There is no such file in your watched folders."
        raise Refused("not_found", sentence, {"drive_file": sentence})
    return found


def _read(file: FoundFile, into: Path, limits: PlanLimits) -> None:
    connection = file.folder.connection
    asked = SourceFile(
        file.source_id, file.folder.input_id, file.name, file.size, file.version, file.sha256, file.mime
    )
    try:
        with open_source(connection) as source:
            source.read(asked, into, most_bytes=limits.upload_bytes)
    except TooLarge as error:
        raise naming_the_plan(refuse(file.name, too_many_bytes(limits.upload_bytes)), limits) from error
    except (Vanished, Changed) as error:
        raise _unreadable(f"“{file.name}” is no longer there, or has been changed.") from error
    except (AccessLost, Unreadable) as error:
        note_lost(connection, error)
        raise _unreadable(f"Our access to {connection.label} has ended. Connect again.") from error
    except SourceError as error:
        log.info("drive_file_not_read", kind=type(error).__name__, reason=str(error))
        place = SourceKind(connection.kind).label
        sentence = f"{place} does not answer. Try again in a few seconds."
        raise Refused("service_unavailable", sentence, headers=RETRY_AFTER) from error


def _unreadable(sentence: str) -> Refused:
    return Refused("invalid_parameters", sentence, {"drive_file": sentence})
