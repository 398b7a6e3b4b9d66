"""Overwrites what ended attempts have left on nodes: photos, results and previews.

ComfyUI has no request that deletes a file, but an upload may replace one. Each file shrinks to one pixel; its
name stays. docs/adr/0022 says why that is safe.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import repeat

import structlog
from django.db.models import Exists, OuterRef, Q, QuerySet

from creator.lib.clock import database_now
from jobs.comfy import ComfyClient, ComfyError, OutputFile, host_of
from jobs.enums import UNFINISHED, JobStatus, NodeState
from jobs.models import Attempt, Node
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


def clear_nodes() -> int:
    """Overwrites the files of at most MOST ended attempts on each node that works. Returns the attempts cleared.

    Goes on for MOST_S at most; what is left then is left for the next call.

    An attempt is cleared when the time is over in which others share its photo's file, and no open attempt uses the
    photo on that node.
    """
    todo: dict[Node, list[Attempt]] = defaultdict(list)
    for node in Node.objects.exclude(state=NodeState.OFF).exclude(is_closed()).filter(failures=0).only("url"):
        todo[node] += _left_on(node)[:MOST]
    todo = {node: attempts for node, attempts in todo.items() if attempts}
    if not todo:
        return 0
    urls, until = [node.url for node in todo], time.monotonic() + MOST_S
    with ThreadPoolExecutor(min(len(todo), ASKED_AT_ONCE)) as pool:
        cleared = [pk for done in pool.map(_clear, urls, todo.values(), repeat(until)) for pk in done]
    return Attempt.objects.filter(pk__in=cleared).update(files_on_node=False)


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


def _clear(url: str, attempts: Sequence[Attempt], until: float) -> list[int]:
    """Returns the keys of the attempts whose files are overwritten.

    Stops when the node does not answer, or at `until` (`time.monotonic`).
    """
    client, done, cleared = link_to(url).client, set[OutputFile](), list[int]()
    with suppress(ComfyError):
        for attempt in attempts:
            if time.monotonic() > until:
                break
            for file in _files_of(client, attempt):
                if file not in done and not client.blank(file):
                    log.warning("node_keeps_a_file", node=host_of(url), file=file.filename)
                done.add(file)
            cleared.append(attempt.pk)
    return cleared


def _files_of(client: ComfyClient, attempt: Attempt) -> Collection[OutputFile]:
    files = [OutputFile(name, "", "temp") for name in attempt.previews or ()]
    if attempt.job.upload_id is not None:
        files.append(OutputFile(attempt.photo_name, PHOTO_FOLDER, "input"))
    if attempt.execution_started_at is not None:
        files.append(client.predicted_output(attempt.filename_prefix))
    return files
