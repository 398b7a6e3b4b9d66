"""Makes the newest pictures of a watched folder again, with its present settings, because its owner asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db import transaction
from django.db.models import Max

from accounts.audit import record
from accounts.enums import SecurityEvent
from billing.enums import Feature
from billing.ledger import require_credits
from billing.plans import require_feature
from creator.lib.errors import Refused
from creator.lib.formatting import count
from drive.enums import WAITS, FileState, SourceKind
from drive.models import FoundFile, WatchedFolder
from drive.queries import midnight, spent_today, why_paused
from drive.waiting import ask_for_files
from jobs.catalogue import choose_preset

MOST = 20


@dataclass(frozen=True)
class Again:
    """What would be made again: one picture of each file, each for `price` credits.

    `run` is the number of this call among those of the folder: two calls with one number make the pictures once.
    """

    run: int
    files: Sequence[FoundFile]
    price: int

    @property
    def pictures(self) -> int:
        return len(self.files)

    @property
    def credits(self) -> int:
        return self.price * len(self.files)


def plan_again(folder: WatchedFolder) -> Again:
    """The newest file of each of the newest MOST contents that pictures were made of; none that wait already.

    Raises Refused `preset_unavailable` if the preset is not offered, so that nothing has a price.
    """
    offered = choose_preset(folder.preset_id)
    waiting = folder.files.filter(state=FileState.FOUND).exclude(sha256="").values("sha256")
    made = folder.files.filter(state__in=(FileState.TAKEN, FileState.COPY)).exclude(sha256__in=waiting)
    newest = made.values("sha256").annotate(newest=Max("pk")).order_by("-newest")
    keys = list(newest.values_list("newest", flat=True)[:MOST])
    return Again(folder.runs + 1, list(folder.files.filter(pk__in=keys).order_by("pk")), offered.preset.price)


@transaction.atomic
def require_means(folder: WatchedFolder, again: Again) -> None:
    """Raises Refused: `too_late` if the folder makes no pictures or there are none, `plan_required`,
    `preset_unavailable` if no node could make them, `spend_cap` beyond the folder's daily limit, and as
    `billing.ledger.require_credits`, which locks the account.
    """
    connection = folder.connection
    if not connection.is_open or connection.trouble:
        raise Refused("too_late", f"Our access to {connection.label} has ended. Connect again first.")
    if folder.pause and folder.pause not in WAITS:
        raise Refused("too_late", why_paused(folder))
    if not again.files:
        raise Refused("too_late", "No picture was made from this folder yet, or all are being made again.")
    if connection.kind != SourceKind.FOLDER:
        require_feature(folder.owner_id, Feature.DRIVE)
    choose_preset(folder.preset_id).require_startable()
    _require_cap(folder, again)
    require_credits(owner_id=folder.owner_id, amounts=[again.price] * again.pictures)


def run_again(
    folder: WatchedFolder, *, run: int | None = None, most_credits: int | None = None, address: str = ""
) -> Again:
    """Has them made again, beside the results that are there. Their files are read, paid and written as new ones are.

    `run`: of the `plan_again` that the person saw. If that has begun before, nothing more is made, and the answer has
    no files. `most_credits`: refused if it would cost more. `address` is the IP address of the client that asked.
    Raises Refused as `plan_again` and `require_means`, `not_found` for a folder that is no longer watched, and
    `invalid_parameters` about `most_credits`, and about a `run` that no `plan_again` had yet.
    """
    with transaction.atomic():
        folder = _locked(folder)
        if run is not None and run <= folder.runs:
            return Again(run, [], 0)
        if run is not None and run > folder.runs + 1:
            words = "The folder was not made again so often yet. Look at it again, and confirm that."
            raise Refused("invalid_parameters", words, {"run": words})
        again = plan_again(folder)
        if most_credits is not None and again.credits > most_credits:
            words = f"This costs {count(again.credits, 'credit')} now. Look at it again, and confirm that."
            raise Refused("invalid_parameters", words, {"most_credits": words})
        WatchedFolder.objects.filter(pk=folder.pk).update(runs=again.run)
        for file in again.files:
            file.run, file.state, file.problem = again.run, FileState.FOUND, ""
        FoundFile.objects.bulk_update(again.files, ["run", "state", "problem"])
        ask_for_files(again.files)
        require_means(folder, again)  # after the other rows, because it locks the owner's credit account
        record(
            SecurityEvent.FOLDER_MADE_AGAIN,
            folder.owner,
            address=address,
            folder=str(folder.pk),
            run=again.run,
            pictures=again.pictures,
            credits=again.credits,
        )
    return again


def _locked(folder: WatchedFolder) -> WatchedFolder:
    rows = WatchedFolder.objects.filter(pk=folder.pk, is_ended=False)
    found = rows.select_related("connection", "owner").select_for_update(of=("self",), no_key=True).first()
    if found is None:
        raise Refused("not_found", "There is no such watched folder.")
    return found


def _require_cap(folder: WatchedFolder, again: Again) -> None:
    if folder.daily_cap is None:
        return
    used = spent_today(folder.pk)
    if used + again.credits > folder.daily_cap:
        raise Refused(
            "spend_cap",
            f"The folder spends at most {count(folder.daily_cap, 'credit')} a day. {used:,} are spent today, and this "
            f"needs {again.credits:,}. Raise its limit, or go on after midnight UTC.",
            facts={
                "cap": folder.daily_cap,
                "used": used,
                "needed": again.credits,
                "resets_at": (midnight() + timedelta(days=1)).isoformat(),
            },
        )
