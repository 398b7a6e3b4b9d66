"""Checks how PostgreSQL executes the statement that every claim begins with: by its plan, not by timing."""

import json

import pytest
from django.contrib.auth.hashers import make_password
from django.db import connection
from django.utils import timezone

from accounts.models import User
from jobs.models import Job, JobProgress, UserQueue
from jobs.scheduling.queue_heads import HEADS_AT_LEAST, HEADS_PER_USER, POSTGRESQL, USERS_LOOKED_AT
from tests.jobs.lifecycle import rows

pytestmark = pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has a statement of its own")
USERS = 300
WAYS_OUT = ("hashjoin", "mergejoin", "material")
"""Without these the planner chooses the plan that it uses when it expects one next user instead of 300."""


def give_each_user_a_job(template: Job) -> None:
    """Create USERS more users with one queued job each. None of them has a running job, so all come next."""
    unusable = make_password(None)
    users = User.objects.bulk_create(
        User(email=f"{number}@example.org", password=unusable) for number in range(USERS)
    )
    UserQueue.objects.bulk_create(UserQueue(owner=user, queued=1, limit=2) for user in users)
    columns = ("preset_version_id", "name", "seed", "price", "need")
    copied = {column: getattr(template, column) for column in columns}
    jobs = Job.objects.bulk_create(Job(owner=user, rank_at=timezone.now(), **copied) for user in users)
    JobProgress.objects.bulk_create(JobProgress(job=job) for job in jobs)


def steps_of(plan: dict) -> list[dict]:
    return [plan, *(step for part in plan.get("Plans", ()) for step in steps_of(part))]


def test_the_oldest_jobs_are_read_once_however_many_users_come_next(cast, slow):
    template = rows.submit_one(cast.owner, slow)
    give_each_user_a_job(template)
    values = {
        "needs": [template.need],
        "users": USERS_LOOKED_AT,
        "heads": HEADS_PER_USER,
        "total": HEADS_AT_LEAST,
    }
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        for way in WAYS_OUT:
            cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {POSTGRESQL}", values)
        answer = cursor.fetchone()[0]
    plan = (json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"]
    assert [step["Actual Loops"] for step in steps_of(plan) if step.get("Index Name") == "job_oldest"] == [1]
