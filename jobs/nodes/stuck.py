"""Detects a busy node that makes no progress: a prompt of ours may run no longer than its preset allows.

How long prompts of other clients may run is not known, and a node tells their progress only to their own
client. They never prove that the node is stuck: while one runs for long, `jobs.nodes.looks` asks the node's
log.
"""

from __future__ import annotations

from uuid import UUID

from creator.lib.clock import database_now
from jobs.comfy import is_probe
from jobs.models import Node, PresetVersion

PROBE_BOUND_S = 5.0
MARGIN_S = 30.0


def record_running_prompt(node: Node, head: UUID | None) -> bool:
    """Notes which prompt runs on the node. Returns True if it is ours and has run longer than its preset allows.

    `node` is the row as read before the check: if several checks run at once, only one notes a change, and
    one whose row is out of date changes nothing.
    """
    if head != node.running_prompt:
        since = None if head is None else database_now()
        Node.objects.filter(pk=node.pk, running_prompt=node.running_prompt).update(
            running_prompt=head, running_since=since
        )
        return False
    if head is None:
        return False
    bound_s = _bound_s(head)
    if bound_s is None:
        return False
    return Node.objects.filter(
        pk=node.pk, running_prompt=head, running_since__lt=database_now(-bound_s)
    ).exists()


def _bound_s(head: UUID) -> float | None:
    """Returns how long the prompt may run, in seconds; None for prompts of other clients.

    Our own prompts get the timeout of their preset plus a margin in which their holder can stop them.
    """
    if is_probe(head):
        return PROBE_BOUND_S
    version = PresetVersion.objects.filter(jobs__attempts__prompt_id=head).first()
    return version.manifest.run_timeout_s + MARGIN_S if version else None
