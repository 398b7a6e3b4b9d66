"""What earlier attempts of a job say about the end of this one. Read only when an attempt has failed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from jobs.catalogue import needs_served
from jobs.comfy import Interrupted, refuses
from jobs.enums import NodeState, Outcome
from jobs.models import ABILITIES, Attempt, Node


@dataclass(frozen=True)
class History:
    """The fields have the meaning of those in `facts.Facts`."""

    attempts: int
    interrupts: int
    in_service: bool
    refused: bool
    others: bool


def read_history(attempt: Attempt, error: Exception) -> History:
    """Reads the job's earlier attempts and the nodes. `error` is what ended this attempt."""
    earlier = Attempt.objects.filter(job=attempt.job_id, number__lt=attempt.number)
    errors: dict[int, list[str]] = defaultdict(list)
    counted, interrupts = 1, 0
    for node_id, name, outcome in earlier.values_list("node_id", "error", "outcome"):
        errors[node_id].append(name)
        counted += outcome != Outcome.CANCELLED
        interrupts += name == Interrupted.__name__
    errors[attempt.node_id].append(type(error).__name__)
    nodes = list(Node.objects.exclude(state=NodeState.OFF).filter(seen_at__isnull=False).defer(*ABILITIES))
    served = needs_served(nodes)
    return History(
        attempts=counted,
        interrupts=interrupts,
        in_service=any(node.pk == attempt.node_id and node.state == NodeState.ACTIVE for node in nodes),
        refused=refuses(errors[attempt.node_id]),
        others=any(
            attempt.job.need in served[node.pk] and not refuses(errors[node.pk])
            for node in nodes
            if node.pk != attempt.node_id and node.state == NodeState.ACTIVE
        ),
    )
