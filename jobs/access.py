"""The one door to a person's rows: the object, or Refused("not_found") whether it is missing or somebody else's."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from creator.lib.errors import Refused
from jobs.models import Job
from jobs.queries import with_all


def find_job(user: User | AnonymousUser, job_id: UUID) -> Job | None:
    """A job of this user, or None for a stranger's, a missing one and anybody not signed in. One query at most."""
    if not user.is_authenticated:
        return None
    return Job.objects.filter(owner=user, pk=job_id).first()


def get_job(user: User, job_id: UUID) -> Job:
    """A job of this user, ready for its page."""
    job = with_all(Job.objects.filter(owner=user, pk=job_id)).first()
    if job is None:
        raise Refused("not_found", "There is no such job.")
    return job
