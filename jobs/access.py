"""The only way to look up a person's rows by id.

Each function filters by owner. A missing row and another person's row get the same answer: None or
Refused("not_found").
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet

from accounts.models import User
from creator.lib.clock import database_now
from creator.lib.errors import Refused
from jobs.models import Artifact, Batch, Job, PartialUpload, Upload
from jobs.queries import own_jobs, with_all, without_graphs

Load = Callable[[QuerySet[Job]], QuerySet[Job]]


def find_job(user: User | AnonymousUser, job_id: UUID) -> Job | None:
    """This user's job.

    None if it is missing or another user's, or if the user is not signed in. At most one query.
    """
    if not user.is_authenticated:
        return None
    return own_jobs(user).filter(pk=job_id).first()


def get_job(user: User, job_id: UUID, *, load: Load = with_all) -> Job:
    """This user's job with what `load` adds: by default, everything its page shows. Raises Refused("not_found")."""
    job = load(own_jobs(user).filter(pk=job_id)).first()
    if job is None:
        raise Refused("not_found", "There is no such job.")
    return job


def get_bare_job(user: User, job_id: UUID) -> Job:
    """This user's job without related rows, for actions that display nothing of it.

    One query. Raises Refused("not_found").
    """
    job = find_job(user, job_id)
    if job is None:
        raise Refused("not_found", "There is no such job.")
    return job


def get_job_to_delete(user: User, job_id: UUID) -> Job:
    """This user's job, also one that they deleted lately. Raises Refused("not_found")."""
    job = Job.objects.filter(owner=user, pk=job_id).first()
    if job is None:
        raise Refused("not_found", "There is no such job.")
    return job


def get_artifact(user: User, artifact_id: UUID) -> Artifact:
    """This user's stored file of a job, with the job. Raises Refused("not_found")."""
    mine = Artifact.objects.filter(job__in=own_jobs(user)).select_related("job")
    artifact = (
        mine.prefetch_related(without_graphs("job__preset_version")).filter(public_id=artifact_id).first()
    )
    if artifact is None:
        raise Refused("not_found", "There is no such file, or it was deleted.")
    return artifact


def get_batch(user: User, batch_id: UUID) -> Batch:
    """This user's batch. Raises Refused("not_found")."""
    batch = Batch.objects.filter(owner=user, pk=batch_id).first()
    if batch is None:
        raise Refused("not_found", "There is no such batch.")
    return batch


def get_upload(user: User, upload_id: UUID) -> Upload:
    """This user's photo. Raises Refused("not_found")."""
    upload = Upload.objects.filter(owner=user, pk=upload_id).first()
    if upload is None:
        raise Refused("not_found", "There is no such photo.", {"upload_id": "There is no such photo."})
    return upload


def get_partial_upload(user: User, partial_id: UUID) -> PartialUpload:
    """This user's photo that is sent in parts. Raises Refused("not_found"), also once it has expired."""
    mine = PartialUpload.objects.filter(owner=user, expires_at__gt=database_now())
    if (found := mine.filter(pk=partial_id).first()) is None:
        raise Refused("not_found", "There is no such photo that is sent in parts.")
    return found
