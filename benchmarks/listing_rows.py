"""Fills the jobs of one person in PostgreSQL in seconds: the database copies one row of each kind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta
from urllib.parse import quote
from uuid import UUID

from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from accounts.api_keys import make_api_key
from accounts.enums import Scope
from accounts.models import User
from benchmarks.backlog_rows import settle_statistics
from billing.models import Plan
from jobs.catalogue import import_shipped, offered_presets
from jobs.models import Batch, Job, JobProgress, UserQueue

RARE = 40
"""How many of the oldest jobs have what the filters look for."""

_JOBS = """
INSERT INTO jobs_job SELECT copy.* FROM jobs_job original CROSS JOIN generate_series(1, %(count)s) number
  CROSS JOIN LATERAL (SELECT number > %(count)s - %(rare)s AS rare) AS oldest
  CROSS JOIN jsonb_populate_record(original, jsonb_build_object(
    'id', gen_random_uuid(),
    'created_at', original.created_at - number * interval '1 second',
    'finished_at', original.created_at,
    'status', CASE WHEN rare AND number %% 2 = 0 THEN 'failed' WHEN rare THEN 'cancelled' ELSE 'completed' END,
    'error_code', CASE WHEN rare AND number %% 2 = 0 THEN 'timeout' ELSE '' END,
    'preset_version_id', CASE WHEN rare THEN %(rare_version)s ELSE original.preset_version_id END,
    'batch_id', CASE WHEN rare THEN %(batch)s::uuid ELSE NULL END)) copy
WHERE original.id = %(job)s
"""
_PROGRESS = """
INSERT INTO jobs_jobprogress SELECT copy.* FROM jobs_jobprogress original, jobs_job job,
  jsonb_populate_record(original, jsonb_build_object('job_id', job.id)) copy
WHERE original.job_id = %(job)s AND job.id <> %(job)s
  AND NOT EXISTS (SELECT 1 FROM jobs_jobprogress there WHERE there.job_id = job.id)
"""


@dataclass(frozen=True)
class Lister:
    """A person's program, and the queries that it sends, by name."""

    client: Client
    queries: dict[str, str]


def fill(count: int) -> Lister:
    """Makes a person with `count` ended jobs and one queued job."""
    import_shipped()
    common, rare = offered_presets()[:2]
    Plan.objects.update(requests_per_minute=10**6, requests_per_hour=10**6)
    owner = User.objects.create_user(f"lister-{count}@example.org")
    UserQueue.objects.create(owner=owner, limit=1)
    batch = Batch.objects.create(owner=owner, key=owner.pk)
    now = timezone.now()
    job = Job.objects.create(
        owner=owner,
        preset_version=common.version,
        name="bench",
        seed=1,
        price=1,
        need=common.version.digest,
        rank_at=now,
    )
    JobProgress.objects.create(job=job, sequence=1)
    values: dict[str, int | UUID] = {
        "job": job.pk,
        "count": count,
        "rare": RARE,
        "rare_version": rare.version.pk,
        "batch": batch.pk,
    }
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE jobs_job DISABLE TRIGGER USER")  # the rows are born final
        cursor.execute(_JOBS, values)
        cursor.execute(_PROGRESS, values)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE jobs_job ENABLE TRIGGER USER")
    settle_statistics()
    secret = make_api_key(owner=owner, name="bench", scopes=Scope)[1]
    return Lister(
        Client(headers={"X-API-Key": secret}, SERVER_NAME="localhost"),
        _queries(job, count, rare.preset.slug, batch),
    )


def _queries(job: Job, count: int, rare: str, batch: Batch) -> dict[str, str]:
    job.refresh_from_db()
    oldest = quote((job.created_at - timedelta(seconds=count - RARE)).astimezone(UTC).isoformat())
    return {
        "all": "",
        "status_rare": "status=failed",
        "statuses_rare": "status=failed,cancelled",
        "statuses_open": "status=queued,processing",
        "statuses_common": "status=completed,cancelled",
        "preset_rare": f"preset={rare}",
        "preset_and_status": f"preset={rare}&status=failed,completed",
        "preset_without_such": f"preset={rare}&status=completed",
        "batch": f"batch={batch.pk}",
        "created_before": f"created_before={oldest}",
        "created_after": f"created_after={oldest}",
        "none": "status=processing",
    }
