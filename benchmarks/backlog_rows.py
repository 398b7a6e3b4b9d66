"""Fills a long queue in PostgreSQL in seconds: the database copies one row of each kind.

A copy keeps every column of the original except those named here, so a new column of a model needs no change
here.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from uuid import UUID

from django.contrib.postgres.functions import RandomUUID
from django.db import connection
from django.utils import timezone

from accounts.models import User
from jobs.catalogue import import_shipped, offered_presets
from jobs.enums import JobStatus, NodeState, Outcome, Stage
from jobs.lifecycle import Claim
from jobs.models import Attempt, Job, JobEvent, JobProgress, Node, UserQueue
from jobs.scheduling import claim_next

NODES = 4
SLOTS = 8
RUNS_PER_PRESET = 200

_USERS = """
INSERT INTO accounts_user SELECT copy.* FROM accounts_user original, generate_series(1, %(count)s) number,
  jsonb_populate_record(original, jsonb_build_object(
    'id', gen_random_uuid(), 'email', 'user-' || number || '@example.org')) copy
WHERE original.id = %(user)s
"""
_QUEUES = """
INSERT INTO jobs_userqueue SELECT copy.* FROM jobs_userqueue original, accounts_user owner,
  jsonb_populate_record(original, jsonb_build_object('owner_id', owner.id)) copy
WHERE original.owner_id = %(user)s AND owner.id <> %(user)s
"""
_JOBS = """
WITH owners AS (SELECT id, row_number() OVER () - 1 AS place FROM accounts_user WHERE id <> %(user)s),
  versions AS (SELECT id, digest, row_number() OVER () - 1 AS place FROM jobs_presetversion)
INSERT INTO jobs_job SELECT copy.* FROM jobs_job original CROSS JOIN generate_series(0, %(count)s - 1) number
  JOIN owners ON owners.place = number %% (SELECT count(*) FROM owners)
  JOIN versions ON versions.place = (number / (SELECT count(*) FROM owners)) %% (SELECT count(*) FROM versions)
  CROSS JOIN jsonb_populate_record(original, jsonb_build_object(
    'id', gen_random_uuid(), 'owner_id', owners.id, 'preset_version_id', versions.id, 'need', versions.digest,
    'rank_at', now() - random() * interval '20 minutes')) copy
WHERE original.id = %(job)s
"""
_PROGRESS = """
INSERT INTO jobs_jobprogress SELECT copy.* FROM jobs_jobprogress original, jobs_job job,
  jsonb_populate_record(original, jsonb_build_object('job_id', job.id)) copy
WHERE original.job_id = %(job)s AND NOT EXISTS (SELECT 1 FROM jobs_jobprogress there WHERE there.job_id = job.id)
"""
_EVENTS = """
INSERT INTO jobs_jobevent SELECT copy.* FROM jobs_jobevent original, jobs_job job,
  jsonb_populate_record(original, jsonb_build_object(
    'id', nextval(pg_get_serial_sequence('jobs_jobevent', 'id')), 'job_id', job.id)) copy
WHERE original.job_id = %(job)s AND NOT EXISTS (SELECT 1 FROM jobs_jobevent there WHERE there.job_id = job.id)
"""
_COUNT = """
UPDATE jobs_userqueue SET
  queued = (SELECT count(*) FROM jobs_job j WHERE j.owner_id = jobs_userqueue.owner_id AND j.status = 'queued'),
  running = (SELECT count(*) FROM jobs_job j WHERE j.owner_id = jobs_userqueue.owner_id AND j.status = 'processing')
"""


def prepare(users: int) -> None:
    """Inserts presets, nodes that can run them, `users` users, and past runs of each preset."""
    import_shipped()
    classes = sorted({name for offered in offered_presets() for name in offered.manifest.required_classes})
    files = sorted({name for offered in offered_presets() for name in offered.manifest.required_models})
    now = timezone.now()
    for number in range(NODES):
        Node.objects.create(
            name=f"bench-{number}",
            url="http://127.0.0.1:9",
            slots=SLOTS,
            classes=classes,
            model_files=files,
            device="bench",
            seen_at=now,
            abilities_read_at=now,
        )
    first = User.objects.create_user("original@example.org")
    UserQueue.objects.create(owner=first, limit=10)
    for statement in (_USERS, _QUEUES):
        _run(statement, user=first.pk, count=users)
    _add_history(first)


def fill(count: int) -> None:
    """Replaces the queue with `count` jobs of all users and presets in turn, ranked in the last 20 minutes."""
    Job.objects.filter(status=JobStatus.QUEUED).delete()
    first = User.objects.get(email="original@example.org")
    original = _new_job(first)
    JobProgress.objects.create(job=original, sequence=1)
    JobEvent.objects.create(job=original, sequence=1, status=JobStatus.QUEUED)
    for statement in (_JOBS, _PROGRESS, _EVENTS):
        _run(statement, user=first.pk, job=original.pk, count=count)
    original.delete()
    _run(_COUNT)
    settle_statistics()


def wait_behind(count: int, *, end: Callable[[Claim], None]) -> int:
    """Submits one user's job behind `count` jobs of another user. Returns how many jobs run before it starts.

    One node with two slots runs one prompt after the other; `end` ends the running one.
    """
    Job.objects.filter(status=JobStatus.QUEUED).delete()
    Node.objects.exclude(pk=Node.objects.earliest("pk").pk).update(state=NodeState.OFF)
    Node.objects.update(slots=2)
    many, one = User.objects.exclude(email="original@example.org").order_by("pk")[:2]
    JobProgress.objects.bulk_create(JobProgress(job=_new_job(many), sequence=1) for _ in range(count))
    _run(_COUNT)
    on_node = [claim for claim in (claim_next(), claim_next()) if claim]
    single = _new_job(one)
    JobProgress.objects.create(job=single, sequence=1)
    _run(_COUNT)
    ran = 0
    while on_node[0].job_id != single.pk:
        end(on_node.pop(0))
        ran += 1
        if (claim := claim_next()) is not None:
            on_node.append(claim)
    return ran


def settle_statistics() -> None:
    """Updates the planner's statistics, as autovacuum would."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _new_job(owner: User, version: int = 0) -> Job:
    offered = offered_presets()[version]
    return Job.objects.create(
        owner=owner,
        preset_version=offered.version,
        name="bench",
        seed=1,
        price=1,
        need=offered.version.digest,
        rank_at=timezone.now(),
    )


def end_rows(*job_ids: UUID) -> None:
    """Completes the jobs, passing through processing, without results or credits."""
    jobs, now = Job.objects.filter(pk__in=job_ids), timezone.now()
    jobs.filter(status=JobStatus.QUEUED).update(
        status=JobStatus.PROCESSING, stage=Stage.SAVING, token=RandomUUID(), lease_until=now
    )
    jobs.update(status=JobStatus.COMPLETED, stage=Stage.NONE, token=None, lease_until=None, finished_at=now)


def _add_history(owner: User) -> None:
    """Gives each run its own job, as is usual: the number of attempts per job affects the planner."""
    node, now = Node.objects.earliest("pk"), timezone.now()
    done = [
        _new_job(owner, number) for number in range(len(offered_presets())) for _ in range(RUNS_PER_PRESET)
    ]
    JobProgress.objects.bulk_create(JobProgress(job=job, sequence=1) for job in done)
    end_rows(*(job.pk for job in done))
    Attempt.objects.bulk_create(
        Attempt(
            job=job,
            number=1,
            node=node,
            slot=0,
            need=job.need,
            warm=run % 2 == 0,
            prompt_id=uuid.uuid4(),
            outcome=Outcome.COMPLETED,
            gpu_seconds=1.0 + run % 7,
            node_done_at=now,
            ended_at=now,
        )
        for run, job in enumerate(done)
    )


def _run(statement: str, **values: UUID | int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
