"""Does a busy node get on? The prompt that runs on it must change within the bound of its preset."""

from __future__ import annotations

from uuid import UUID

from creator.lib.clock import database_now
from jobs.comfy import is_probe
from jobs.models import Node, PresetVersion

PROBE_BOUND_S = 5.0
FOREIGN_BOUND_S = 120.0
MARGIN_S = 30.0


def note_head(node: Node, head: UUID | None) -> bool:
    """Notes which prompt runs there. True when it has been the same for longer than its preset may run.

    `node` as it was read before the look: of several looks at once one notes the change, and a slow one changes nothing.
    """
    if head != node.head:
        since = None if head is None else database_now()
        Node.objects.filter(pk=node.pk, head=node.head).update(head=head, head_since=since)
        return False
    if head is None:
        return False
    return Node.objects.filter(pk=node.pk, head=head, head_since__lt=database_now(-_bound_s(head))).exists()


def _bound_s(head: UUID) -> float:
    """Ours by the preset, with time for whoever watches it to stop it; others' prompts as our longest usual run."""
    if is_probe(head):
        return PROBE_BOUND_S
    version = PresetVersion.objects.filter(jobs__attempts__prompt_id=head).first()
    return (version.manifest.run_timeout_s if version else FOREIGN_BOUND_S) + MARGIN_S
