"""The one door to a person's rows: the object, or Refused("not_found") whether it is missing or somebody else's."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from creator.lib.errors import Refused
from jobs.models import Batch, Job, Upload
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


def get_bare_job(user: User, job_id: UUID) -> Job:
    """A job of this user as its row alone, for acts that show nothing of it. One query."""
    job = find_job(user, job_id)
    if job is None:
        raise Refused("not_found", "There is no such job.")
    return job


def get_batch(user: User, batch_id: UUID) -> Batch:
    """A batch of this user."""
    batch = Batch.objects.filter(owner=user, pk=batch_id).first()
    if batch is None:
        raise Refused("not_found", "There is no such batch.")
    return batch


def get_upload(user: User, upload_id: UUID) -> Upload:
    """A photo of this user."""
    upload = Upload.objects.filter(owner=user, pk=upload_id).first()
    if upload is None:
        raise Refused("not_found", "There is no such photo.", {"upload_id": "There is no such photo."})
    return upload
