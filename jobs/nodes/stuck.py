"""Detects a busy node that makes no progress: a prompt may run no longer than its preset allows."""

from __future__ import annotations

from uuid import UUID

from creator.lib.clock import database_now
from jobs.comfy import is_probe
from jobs.models import Node, PresetVersion

PROBE_BOUND_S = 5.0
FOREIGN_BOUND_S = 120.0
MARGIN_S = 30.0


def record_running_prompt(node: Node, head: UUID | None) -> bool:
    """Notes which prompt runs on the node. Returns True if it has run for longer than its preset allows.

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
    return Node.objects.filter(
        pk=node.pk, running_prompt=head, running_since__lt=database_now(-_bound_s(head))
    ).exists()


def _bound_s(head: UUID) -> float:
    """Returns how long the prompt may run, in seconds.

    Our own prompts get the timeout of their preset plus a margin in which their holder can stop them. Prompts
    of other clients get FOREIGN_BOUND_S plus the margin.
    """
    if is_probe(head):
        return PROBE_BOUND_S
    version = PresetVersion.objects.filter(jobs__attempts__prompt_id=head).first()
    return (version.manifest.run_timeout_s if version else FOREIGN_BOUND_S) + MARGIN_S
