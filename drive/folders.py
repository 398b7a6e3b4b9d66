"""A person's watched folders: begun, changed and ended, within bounds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.db import transaction

from accounts.audit import record
from accounts.encryption import Unreadable
from accounts.enums import SecurityEvent
from accounts.models import User
from billing.enums import Feature
from billing.plans import require_feature
from creator.lib.clock import database_now
from creator.lib.errors import Refused
from drive.access import folders_of, get_folder
from drive.bell import look_now
from drive.channels import want_channels
from drive.enums import Pause, SourceKind
from drive.models import Connection, WatchedFolder
from drive.opening import open_source
from drive.pausing import note_lost, pause_folder, resume_folder
from drive.sources.base import AccessLost, Folder, FolderGone, NameRefused, SourceError
from drive.sources.folder.places import id_of, parts_of
from jobs.catalogue import choose_preset
from jobs.enums import ResultFormat
from jobs.lifecycle import lock_queue, want_ends
from jobs.presets.render import InvalidParameters, check_values

MOST = 20
CHANGEABLE = ("output_id", "preset", "parameters", "output_format", "writes_sidecar", "daily_cap")
ANOTHER_LOOK = "Some fields need another look."
MOST_CREDITS = 2**31 - 1


@dataclass(frozen=True)
class NewFolder:
    """What is to be watched, looked at and checked. `values` are the columns of its row."""

    owner: User
    connection: Connection
    values: Mapping[str, Any]


def watch_folder(*, address: str = "", **asked: Any) -> WatchedFolder:
    """Watches a folder from now on. `asked` as for `check_new`; raises Refused as that and `add_folder`."""
    return add_folder(check_new(**asked), address=address)


def check_new(
    *,
    owner: User,
    connection: Connection,
    input_id: str,
    output_id: str = "",
    preset: str,
    parameters: Mapping[str, object] | None = None,
    output_format: str = ResultFormat.PNG,
    writes_sidecar: bool = False,
    daily_cap: int | None = None,
    takes_existing: bool = False,
) -> NewFolder:
    """Asks the source for the folders; what lies there already is taken only with `takes_existing`.

    `preset` is a slug, `daily_cap` in credits. An empty `output_id` is the folder `outbox` beside the input, which is
    made if need be; only folders of this server have one. Raises Refused: `invalid_parameters` with a sentence for each
    field, `preset_unavailable`, `plan_required`, `service_unavailable` while the source does not answer.
    """
    _require_plan(owner, connection)
    values = _checked_settings(
        {
            "preset": preset,
            "parameters": parameters or {},
            "output_format": output_format,
            "daily_cap": daily_cap,
        }
    )
    values |= {"writes_sidecar": writes_sidecar, "takes_from": None if takes_existing else database_now()}
    with refusals(connection, "input_id"), open_source(connection) as source:
        into = source.folder(input_id)
    _require(into.is_readable, "input_id", "We may not see the files in this folder. Choose another one.")
    out = _output(connection, output_id or _outbox_beside(connection, input_id))
    values |= {"input_id": into.id, "input_name": into.name[:255]}
    values |= {"output_id": out.id, "output_name": out.name[:255]}
    return NewFolder(owner, connection, values)


@transaction.atomic
def add_folder(new: NewFolder, *, address: str = "") -> WatchedFolder:
    """Changes rows only. `address` is the IP address of the client that asked.

    Raises Refused: `invalid_parameters` for a folder that is watched already, `quota_exceeded` beyond MOST.
    """
    owner, connection = new.owner, new.connection
    lock_queue(owner)  # of two that are added at once, the second is counted after the first
    _require_room(owner, connection, new.values["input_id"])
    folder = WatchedFolder.objects.create(owner=owner, connection=connection, **new.values)
    want_ends(owner.pk)
    _record(SecurityEvent.FOLDER_WATCHED, folder, address)
    Connection.objects.filter(pk=connection.pk).update(reconcile_at=database_now())
    want_channels(connection)
    look_now(connection)
    return get_folder(owner, folder.pk)


def change_folder(folder: WatchedFolder, changes: Mapping[str, Any], *, address: str = "") -> WatchedFolder:
    """Writes those of CHANGEABLE that are given; returns the changed row. Only files that come later are made so.

    A new preset without parameters has its defaults. Raises Refused as `watch_folder` does.
    """
    if unknown := sorted(set(changes) - set(CHANGEABLE)):
        raise Refused("invalid_parameters", ANOTHER_LOOK, dict.fromkeys(unknown, "This cannot be changed."))
    if not changes:
        return folder
    _require_plan(folder.owner, folder.connection)
    given = dict(changes)
    values: dict[str, Any] = {}
    if "output_id" in given:
        output_id = given.pop("output_id")
        _require(bool(output_id), "output_id", "Choose a folder for the results.")
        out = _output(folder.connection, output_id)
        values |= {"output_id": out.id, "output_name": out.name[:255]}
    if "writes_sidecar" in given:
        values["writes_sidecar"] = bool(given.pop("writes_sidecar"))
    if "preset" in given or "parameters" in given:
        kept = folder.parameters if given.get("preset", folder.preset_id) == folder.preset_id else {}
        given = {"preset": folder.preset_id, "parameters": kept, **given}
    values |= _checked_settings(given)
    with transaction.atomic():
        WatchedFolder.objects.filter(pk=folder.pk, is_ended=False).update(**values)
        _record(SecurityEvent.FOLDER_CHANGED, folder, address, fields=sorted(changes))
        folder.refresh_from_db(fields=["pause"])  # as its owner has it now; the row is locked
        if folder.pause != Pause.OWNER:
            resume_folder(folder)  # if it still cannot go on, it pauses again
    return get_folder(folder.owner, folder.pk)


@transaction.atomic
def stop_watching(folder: WatchedFolder, *, address: str = "") -> None:
    """Takes no more files of the folder. What was made is still known, and results under way are delivered."""
    want_channels(folder.connection)  # locks the connection before the folder, as looks do
    if WatchedFolder.objects.filter(pk=folder.pk, is_ended=False).update(is_ended=True):
        _record(SecurityEvent.FOLDER_ENDED, folder, address)


def pause_by_owner(folder: WatchedFolder, *, address: str = "") -> None:
    """Makes no more pictures until the owner resumes it. Files are still found, and wait."""
    with transaction.atomic():
        WatchedFolder.objects.filter(pk=folder.pk).update(pause=Pause.NONE, paused_at=None, pause_words="")
        pause_folder(folder, Pause.OWNER)
        _record(SecurityEvent.FOLDER_CHANGED, folder, address, fields=["pause"])


def resume_by_owner(folder: WatchedFolder, *, address: str = "") -> None:
    """Ends any pause; if the folder still cannot go on, it pauses again and says why."""
    with transaction.atomic():
        if resume_folder(folder):
            _record(SecurityEvent.FOLDER_CHANGED, folder, address, fields=["pause"])


def browse(connection: Connection, parent: str | None = None) -> Sequence[Folder]:
    """The folders in `parent` to choose from, by name; None: where to begin.

    Raises Refused: `invalid_parameters` for a folder that is gone and for lost access, `service_unavailable`.
    """
    with refusals(connection, "parent"), open_source(connection) as source:
        return source.folders(parent)


@contextmanager
def refusals(connection: Connection, name: str) -> Iterator[None]:
    """Says in words for people what a source says for logs. `name` is the field that names the folder."""
    try:
        yield
    except (AccessLost, Unreadable) as error:
        note_lost(connection, error)  # a connection that no folder is watched through is never looked at
        sentence = f"Our access to {connection.label} has ended. Connect again."
        raise Refused("invalid_parameters", sentence, {"connection_id": sentence}) from error
    except (FolderGone, NameRefused) as error:
        sentence = "This folder is not there any more, or we may not use it. Choose another one."
        raise Refused("invalid_parameters", ANOTHER_LOOK, {name: sentence}) from error
    except SourceError as error:
        place = SourceKind(connection.kind).label
        sentence = f"{place} does not answer. Try again in a minute."
        raise Refused("service_unavailable", sentence, headers={"Retry-After": "60"}) from error


def _require_plan(owner: User, connection: Connection) -> None:
    if connection.kind != SourceKind.FOLDER:
        require_feature(owner.pk, Feature.DRIVE)


def _require(is_right: bool, name: str, sentence: str) -> None:
    if not is_right:
        raise Refused("invalid_parameters", ANOTHER_LOOK, {name: sentence})


def _require_room(owner: User, connection: Connection, input_id: str) -> None:
    mine = folders_of(owner)
    is_watched = mine.filter(connection=connection, input_id=input_id).exists()
    _require(not is_watched, "input_id", "You watch this folder already. Change its settings instead.")
    if mine.count() >= MOST:
        raise Refused("quota_exceeded", f"You watch {MOST} folders, and that is the most. Stop watching one.")


def _output(connection: Connection, output_id: str) -> Folder:
    with refusals(connection, "output_id"), open_source(connection) as source:
        out = source.folder(output_id)
    _require(out.is_writable, "output_id", "We may not write to this folder. Choose another one.")
    return out


def _outbox_beside(connection: Connection, input_id: str) -> str:
    """Its id. Never outside the connection's directory: links are followed before that is checked."""
    is_here = connection.kind == SourceKind.FOLDER
    _require(is_here, "output_id", "Choose a folder for the results.")
    root, above = Path(connection.account).resolve(), input_id.rpartition("/")[0]
    place = root.joinpath(*(parts_of(above) or []), "outbox").resolve()
    _require(place.is_relative_to(root), "input_id", "This folder is outside the one that is connected.")
    try:
        place.mkdir(exist_ok=True)
    except OSError:
        _require(False, "output_id", "The folder `outbox` cannot be made. Choose one for the results.")
    return id_of(above, "outbox")


def _checked_settings(given: Mapping[str, Any]) -> dict[str, Any]:
    """The values as rows hold them. Raises Refused."""
    problems: dict[str, str] = {}
    values = dict(given)
    if "preset" in given:
        offered = choose_preset(given["preset"])
        values["preset"] = offered.preset
        if not offered.manifest.needs_photo:
            problems["preset"] = (
                "This preset makes a picture from text and takes no photo. Choose another one."
            )
        try:
            values["parameters"] = check_values(offered.manifest, given["parameters"])
        except InvalidParameters as invalid:
            problems |= invalid.errors
    if given.get("output_format", ResultFormat.PNG) not in ResultFormat.values:
        problems["output_format"] = "Choose png, jpeg or webp."
    cap = given.get("daily_cap")
    if cap is not None and not 1 <= cap <= MOST_CREDITS:
        problems["daily_cap"] = "Choose a whole number of credits from 1 on, or none for no limit."
    if problems:
        raise Refused("invalid_parameters", ANOTHER_LOOK, problems)
    return values


def _record(event: SecurityEvent, folder: WatchedFolder, address: str, **details: Any) -> None:
    record(event, folder.owner, address=address, folder=str(folder.pk), **details)
