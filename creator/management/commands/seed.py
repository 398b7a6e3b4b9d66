"""Makes users and jobs in every state, for looking at pages.

Seeded jobs never run: no worker can claim or change them.
"""

from __future__ import annotations

import uuid
from argparse import ArgumentParser
from collections.abc import Callable
from datetime import timedelta
from itertools import cycle, islice
from pathlib import Path
from typing import Any, BinaryIO, cast

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from creator.config import Environment
from creator.demo import endow
from creator.management.commands.serve import demo_password, prepare_rows
from jobs.catalogue import get_offered
from jobs.enums import FailureCode, JobStatus, NodeState, Outcome, Stage
from jobs.execution.leases import Lease
from jobs.execution.saving import save_result
from jobs.lifecycle import (
    Claim,
    JobRequest,
    cancel_job,
    enter_stage,
    fail_job,
    fail_waiting,
    finish_job,
    free_slot,
    report_progress,
    requeue_job,
    submit_batch,
)
from jobs.lifecycle.transitions import follow_move, move_job
from jobs.models import Attempt, Batch, Job, JobEvent, Node, Upload, UserQueue
from jobs.nodes import NodeLink
from jobs.uploads.accept import accept_file

OWNER, OTHER, STAFF = "seed@creator.local", "other@creator.local", "staff@creator.local"
PICTURES = settings.BASE_DIR / "static" / "presets"
SLUGS = ("cinematic", "portrait_pro", "product_glow", "mono_film", "thumbnail_pop", "marketplace_square")
SEEDED = (Environment.LOCAL, Environment.TEST)
FOR_EVER = timedelta(days=3650)
NODE = "seeded"


class Command(BaseCommand):
    help = "Makes users and jobs in every state, once, for looking at pages on your own machine."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--jobs", type=int, default=24, metavar="N", help="how many jobs there should be")

    def handle(self, *, jobs: int, **options: Any) -> None:
        if settings.CONFIG.environment not in SEEDED:
            raise CommandError("Only the local and test profiles are seeded.")
        prepare_rows()
        owner, other, _ = (_user(email) for email in (OWNER, OTHER, STAFF))
        recipes = zip(islice(cycle(RECIPES), jobs), cycle(SLUGS), strict=False)
        made = sum(_make(owner, number, recipe, slug) for number, (recipe, slug) in enumerate(recipes))
        _make(other, 0, _completed, SLUGS[0])
        self.stdout.write(f"{made} jobs made. Sign in as {OWNER} with the password {demo_password()}")


def _user(email: str) -> User:
    user = User.objects.filter(email=email).first() or User.objects.create_user(
        email, demo_password(), is_staff=email == STAFF
    )
    endow(user)
    return user


def _make(owner: User, number: int, recipe: Callable[[Job], None], slug: str) -> bool:
    """Makes one job and moves it to its state with `recipe`. False if it already exists."""
    key = uuid.uuid5(owner.id, f"seed {number}")
    if Batch.objects.filter(owner=owner, key=key).exists():
        return False
    batch = _submit(owner, number, slug, _photo(owner, slug), key)
    job = batch.jobs.select_related("preset_version", "upload", "owner").get()
    recipe(job)
    _backdate(job, timedelta(minutes=7 * number))
    return True


@transaction.atomic
def _submit(owner: User, number: int, slug: str, photo: Upload, key: uuid.UUID) -> Batch:
    """Submits and sets the user's limit to 0: placement never picks a job of such a user."""
    offered = get_offered(slug)
    seed = number if offered.manifest.has_seed else None
    batch = submit_batch(JobRequest(owner=owner, preset=offered, photos=[photo], seed=seed), key=key)
    UserQueue.objects.filter(owner=owner).update(limit=0)
    return batch


def _photo(owner: User, slug: str) -> Upload:
    name = f"{slug}.webp"
    return Upload.objects.filter(owner=owner, name=name).first() or accept_file(
        owner=owner, source=PICTURES / slug / "before.webp", name=name
    )


def _claim(job: Job) -> Claim:
    """Claims the job as a worker does, but with an endless lease and on a node that is off: nothing runs it."""
    node, _ = Node.objects.get_or_create(
        name=NODE, defaults={"url": "http://127.0.0.1:9", "state": NodeState.OFF, "device": "none"}
    )
    number, slot, token = job.attempts.count() + 1, node.attempts.count(), uuid.uuid4()
    with transaction.atomic():
        moved = move_job(
            Job.objects.filter(pk=job.pk),
            owner_id=job.owner_id,
            source=JobStatus.QUEUED,
            to=JobStatus.PROCESSING,
            stage=Stage.STAGED,
            columns={"token": token, "lease_until": timezone.now() + FOR_EVER},
        )
        assert moved is not None  # only this command changes seeded jobs
        follow_move(moved)
        attempt = Attempt.objects.create(job=job, number=number, node=node, slot=slot)
    return Claim(job.id, job.owner_id, attempt.id, token, adopted=False)


def _queued(job: Job) -> None:
    """Moves the rank into the future, so that the job never waits too long."""
    Job.objects.filter(pk=job.pk).update(rank_at=timezone.now() + FOR_EVER)


def _requeued(job: Job) -> None:
    requeue_job(_claim(job), outcome=Outcome.LOST, wait_s=FOR_EVER.total_seconds(), fault=True)
    _queued(job)


def _staged(job: Job) -> None:
    _claim(job)


def _rendering(job: Job) -> Claim:
    claim = _claim(job)
    enter_stage(claim, Stage.RUNNING)
    stages = job.preset_version.manifest.stages
    title = stages[len(stages) // 2].title if stages else ""
    report_progress(claim, percent=62, stage_title=title, step=0, steps=0)
    return claim


def _stopping(job: Job) -> None:
    _rendering(job)
    cancel_job(job=job)


def _saving(job: Job) -> Claim:
    claim = _rendering(job)
    free_slot(claim, gpu_seconds=None)
    return claim


def _completed(job: Job) -> None:
    claim = _saving(job)
    shelf = cast(NodeLink, _Shelf(PICTURES / job.preset_version.preset_id / "after.webp"))
    finish_job(claim, save_result(Lease(claim), job, shelf, cast(Any, None)))


def _failed(job: Job) -> None:
    fail_job(_rendering(job), FailureCode.OUT_OF_MEMORY)


def _waited(job: Job) -> None:
    fail_waiting(job, FailureCode.NODE_UNAVAILABLE)


def _cancelled(job: Job) -> None:
    cancel_job(job=job)


def _stopped(job: Job) -> None:
    claim = _rendering(job)
    cancel_job(job=job)
    finish_job(claim, [])  # the cancel comes first, so it ends cancelled


RECIPES: tuple[Callable[[Job], Any], ...] = (
    *(_queued, _requeued, _staged, _rendering, _stopping, _saving),
    *(_completed, _failed, _waited, _cancelled, _stopped),
    *(_completed,) * 5,
)


class _Shelf:
    """Replaces a link to a node: the file at `path` is the answer to every request."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.client = self

    def fetch_to(self, file: object, target: BinaryIO) -> int:
        return target.write(self.path.read_bytes())


def _backdate(job: Job, by: timedelta) -> None:
    """Moves the job's times into the past, and makes its run last some seconds."""
    took = timedelta(seconds=4 + job.seed % 9)
    Job.objects.filter(pk=job.pk).update(
        created_at=F("created_at") - by - took,
        started_at=F("started_at") - by - took,
        finished_at=F("finished_at") - by,
    )
    JobEvent.objects.filter(job=job).update(created_at=F("created_at") - by)
