"""Notices that jobs wait although a node is free: no worker hears the rings, or none acts on them."""

from __future__ import annotations

from itertools import islice

from django.db.models import BooleanField, ExpressionWrapper, Q

from creator.lib.clock import database_now
from jobs.lifecycle.bell import MOST_RINGS
from jobs.models import Attempt, Job
from jobs.scheduling.claims import read_wishes

UNCLAIMED_S = 30
"""The sweep rings each second for such a job, so a worker that hears takes it at once."""


def jobs_go_unclaimed() -> bool:
    """Whether a job that fits a free slot has waited for UNCLAIMED_S while no worker claimed any job."""
    if _claimed_lately():
        return False
    waiting = [wish.head.job_id for wish in islice(read_wishes(), MOST_RINGS)]
    return Job.objects.filter(pk__in=waiting, created_at__lt=database_now(-UNCLAIMED_S)).exists()


def _claimed_lately() -> bool:
    """Each claim makes an attempt. Reads only the newest, because attempts have no index on their time."""
    since, now = database_now(-UNCLAIMED_S), database_now()
    lately = ExpressionWrapper(Q(created_at__gt=since, created_at__lte=now), BooleanField())
    newest = Attempt.objects.order_by("-pk").annotate(lately=lately).values_list("lately", flat=True)
    return bool(newest.first())
