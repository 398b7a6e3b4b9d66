"""A change of plan takes effect on what waits and on what is stored: the queue, the ranks, the dates of files.

Only `follow_plan` and `follow_edit` are called from outside. Call them after the commit of the change, because the
queue must be locked before the credit account.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import DateTimeField, ExpressionWrapper, F, OuterRef, Subquery
from django.db.models.expressions import Combinable

from accounts.models import User
from billing.models import Plan
from billing.plans import PlanLimits, limits_of, limits_of_plan
from creator.lib.clock import database_now
from jobs.enums import JobStatus
from jobs.models import Artifact, Job, Upload, UserQueue


def follow_plan(owner_id: UUID) -> None:
    """Makes the owner's queue, queued jobs and stored files follow the plan that the owner has now.

    Files are kept longer if the plan keeps them longer. If it keeps them for less, those that are stored keep the
    date that people were shown; jobs that end from now on get the shorter one.
    """
    # First the queue: its lock waits for submits that read the older plan, so that their jobs are ranked below.
    with transaction.atomic():
        UserQueue.objects.select_for_update(no_key=True).filter(pk=owner_id).first()
        # Read the plan under the lock: of two concurrent changes, the second then reads the newer plan.
        _set_queue(owner_id, limits_of(owner_id))
    with transaction.atomic():
        _one_at_a_time(owner_id)
        limits = limits_of(owner_id)
        _rank_queued_jobs(owner_id, limits)
        _keep_files(owner_id, limits)


def follow_edit(slug: str) -> None:
    """Makes the queues and queued jobs of all who have the plan follow its numbers. Stored files keep their dates.

    The queues take one statement, the ranks one for each person with jobs that wait.
    """
    having = UserQueue.objects.filter(owner__credit_account__plan=slug)
    with transaction.atomic():
        # Of two concurrent edits, the second waits here and then reads the newer numbers.
        limits = limits_of_plan(Plan.objects.select_for_update(no_key=True).get(pk=slug))
        having.update(limit=limits.parallel_jobs, share=limits.share)
    for owner_id in list(having.filter(queued__gt=0).values_list("pk", flat=True)):
        with transaction.atomic():
            _one_at_a_time(owner_id)
            _rank_queued_jobs(owner_id, limits_of(owner_id))


def _set_queue(owner_id: UUID, limits: PlanLimits) -> None:
    UserQueue.objects.filter(pk=owner_id).update(limit=limits.parallel_jobs, share=limits.share)


def _one_at_a_time(owner_id: UUID) -> None:
    """Waits for another change of the same person: two that update many rows could lock them in different orders."""
    User.objects.select_for_update(no_key=True).only("pk").filter(pk=owner_id).first()


def _rank_queued_jobs(owner_id: UUID, limits: PlanLimits) -> None:
    """Ranks the jobs that wait as if they had been submitted under this plan."""
    queued = Job.objects.filter(owner_id=owner_id, status=JobStatus.QUEUED)
    rank = _after("created_at", timedelta(seconds=-limits.priority_bonus_s))
    queued.exclude(rank_at=rank).update(rank_at=rank)


def _keep_files(owner_id: UUID, limits: PlanLimits) -> None:
    """Moves later dates of files that have not expired, and never an earlier one."""
    kept, now = timedelta(days=limits.retention_days), database_now()
    until = _after("finished_at", kept)
    jobs = Job.objects.filter(owner_id=owner_id, files_purged_at=None, files_expire_at__gt=now)
    jobs.filter(files_expire_at__lt=until).update(files_expire_at=until)

    of_job = Subquery(Job.objects.filter(pk=OuterRef("job_id")).values("files_expire_at"))
    artifacts = Artifact.objects.filter(job__owner_id=owner_id, expires_at__gt=now, purge_after=None)
    artifacts.filter(expires_at__lt=of_job).update(expires_at=of_job)

    last_end = Job.objects.filter(upload=OuterRef("pk")).order_by("-finished_at").values("finished_at")[:1]
    last = ExpressionWrapper(Subquery(last_end) + kept, output_field=DateTimeField())
    photos = Upload.objects.filter(owner_id=owner_id, expires_at__gt=now, purge_after=None)
    # A submit locks photos in an order of its own. Those that it has locked get a date when their jobs end.
    free = photos.filter(expires_at__lt=last).select_for_update(skip_locked=True, no_key=True)
    Upload.objects.filter(pk__in=free.values("pk")).update(expires_at=last)


def _after(column: str, time: timedelta) -> Combinable:
    return ExpressionWrapper(F(column) + time, output_field=DateTimeField())
