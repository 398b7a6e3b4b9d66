"""Overwrites what ended attempts have left on nodes: photos, results and previews.

ComfyUI has no request that deletes a file, but an upload may replace one. Each file shrinks to one pixel; its
name stays. docs/adr/0022 says why that is safe.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import repeat
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from creator.lib.clock import database_now
from jobs.comfy import ComfyClient, ComfyError, OutputFile, host_of
from jobs.enums import UNFINISHED, JobStatus, NodeState
from jobs.models import Attempt, LeftFile, Node
from jobs.models.job import PHOTO_SHARED_S
from jobs.nodes.breaker import is_closed
from jobs.nodes.links import link_to

log = structlog.get_logger(__name__)
PHOTO_FOLDER = "creator"
"""Folder of our photos in a node's input folder. ComfyUI lists to its clients only the files beside it."""
MARGIN_S = 60
"""Longer than any lease: an attempt whose claim was committed late no longer uploads its photo then."""
MOST = 200
MOST_S = 30.0
"""A slow node is left after this time, so that the next call, a minute later, begins after this one."""
ASKED_AT_ONCE = 16
Item = tuple[int, Collection[OutputFile]]
"""The key of a row, and the files that it stands for."""


def clear_nodes() -> int:
    """Overwrites the files of at most MOST ended attempts on each node that works. Returns the attempts cleared.

    Goes on for MOST_S at most; what is left then is left for the next call. Begins with as many files of erased people.

    An attempt is cleared when the time is over in which others share its photo's file, and no open attempt uses the
    photo on that node.
    """
    nodes, until = list(_working_nodes()), time.monotonic() + MOST_S
    left_files = {node: _as_items(node.left_files.order_by("pk")[:MOST]) for node in nodes}
    LeftFile.objects.filter(pk__in=_overwrite(left_files, until)).delete()
    attempts = {node: _with_files(_left_on(node)[:MOST]) for node in nodes}
    return Attempt.objects.filter(pk__in=_overwrite(attempts, until)).update(files_on_node=False)


def forget_files(owner_id: UUID) -> tuple[int, int]:
    """Overwrites what the ended attempts of a person have left, all of whose jobs have ended: nobody shares it.

    What a node does not overwrite now is left to `clear_nodes`, as rows that outlive the attempts. Returns how many
    attempts are cleared, and how many files are left.
    """
    mine = Attempt.objects.filter(job__owner=owner_id, files_on_node=True, ended_at__isnull=False)
    todo: dict[Node, list[Attempt]] = defaultdict(list)
    for attempt in mine.select_related("job", "node"):
        todo[attempt.node].append(attempt)
    working = set(_working_nodes().values_list("pk", flat=True))
    reached = {node: _with_files(attempts) for node, attempts in todo.items() if node.pk in working}
    cleared = set(_overwrite(reached, time.monotonic() + MOST_S))
    left = {
        (node.pk, file.type, file.subfolder, file.filename)
        for node, attempts in todo.items()
        for attempt in attempts
        if attempt.pk not in cleared
        for file in _files_of(attempt)
    }
    with transaction.atomic(durable=True):
        LeftFile.objects.bulk_create(
            [
                LeftFile(node_id=node, type=type_, subfolder=subfolder, filename=filename)
                for node, type_, subfolder, filename in sorted(left)
            ],
            ignore_conflicts=True,
        )
        Attempt.objects.filter(pk__in=[each.pk for of_node in todo.values() for each in of_node]).update(
            files_on_node=False
        )
    return len(cleared), len(left)


def leave_photos(upload_ids: Collection[UUID]) -> None:
    """Leaves the copies of these photos to `clear_nodes`, as rows: the photos' own rows go, and no open job uses them.

    The caller's transaction deletes the photos.
    """
    used = Attempt.objects.filter(job__upload__in=upload_ids, files_on_node=True)
    LeftFile.objects.bulk_create(
        [
            LeftFile(node_id=each.node_id, type="input", subfolder=PHOTO_FOLDER, filename=each.photo_name)
            for each in used.select_related("job").order_by("pk")
        ],
        ignore_conflicts=True,
    )


def _working_nodes() -> QuerySet[Node]:
    return Node.objects.exclude(state=NodeState.OFF).exclude(is_closed()).filter(failures=0).only("url")


def _overwrite(todo: Mapping[Node, Sequence[Item]], until: float) -> list[int]:
    """Overwrites on several nodes at a time, until `until` (`time.monotonic`). Returns the keys of what is done."""
    todo = {node: items for node, items in todo.items() if items}
    if not todo:
        return []
    urls = [node.url for node in todo]
    with ThreadPoolExecutor(min(len(todo), ASKED_AT_ONCE)) as pool:
        return [key for done in pool.map(_overwrite_on, urls, todo.values(), repeat(until)) for key in done]


def _left_on(node: Node) -> QuerySet[Attempt]:
    sharing = Attempt.objects.filter(node=node, ended_at=None, job__upload=OuterRef("job__upload"))
    wanted = Q(job__status=JobStatus.FAILED, job__error_code__in=UNFINISHED, job__files_purged_at=None)
    left = Attempt.objects.filter(
        ~Exists(sharing),
        node=node,
        files_on_node=True,
        ended_at__isnull=False,
        created_at__lt=database_now(-PHOTO_SHARED_S - MARGIN_S),
    )
    return left.exclude(wanted).select_related("job").order_by("pk")


def _overwrite_on(url: str, items: Sequence[Item], until: float) -> list[int]:
    """Returns the keys of the items whose files are overwritten.

    Stops when the node does not answer, or at `until` (`time.monotonic`).
    """
    client, done, keys = link_to(url).client, set[OutputFile](), list[int]()
    with suppress(ComfyError):
        for key, files in items:
            if time.monotonic() > until:
                break
            for file in files:
                if file not in done and not client.blank(file):
                    log.warning("node_keeps_a_file", node=host_of(url), file=file.filename)
                done.add(file)
            keys.append(key)
    return keys


def _as_items(rows: Iterable[LeftFile]) -> list[Item]:
    return [(row.pk, [OutputFile(row.filename, row.subfolder, row.type)]) for row in rows]


def _with_files(attempts: Iterable[Attempt]) -> list[Item]:
    return [(attempt.pk, _files_of(attempt)) for attempt in attempts]


def _files_of(attempt: Attempt) -> Collection[OutputFile]:
    files = [OutputFile(name, "", "temp") for name in attempt.previews or ()]
    if attempt.job.upload_id is not None:
        files.append(OutputFile(attempt.photo_name, PHOTO_FOLDER, "input"))
    if attempt.execution_started_at is not None:
        files.append(ComfyClient.predicted_output(attempt.filename_prefix))
    return files
