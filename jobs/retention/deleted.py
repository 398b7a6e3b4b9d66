"""The rows of jobs that their owners deleted: they go once nothing depends on them any more."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Exists, OuterRef

from creator.lib.clock import database_now
from jobs.models import Artifact, Attempt, Job

KEPT_S = 3600
"""Longer than a node may still work on a prompt that was given up, which is found by the rows of its attempt."""
AT_A_TIME = 500


def forget_deleted_jobs() -> int:
    """Deletes rows of deleted jobs whose files are gone, here and on nodes. Returns how many."""
    files = Artifact.objects.filter(job=OuterRef("pk"))
    on_nodes = Attempt.objects.filter(job=OuterRef("pk"), files_on_node=True)
    gone = Job.objects.filter(~Exists(files), ~Exists(on_nodes), deleted_at__lt=database_now(-KEPT_S))
    ids = list(gone.order_by("deleted_at").values_list("pk", flat=True)[:AT_A_TIME])
    with transaction.atomic(durable=True):
        Job.objects.filter(pk__in=ids).delete()
    return len(ids)
