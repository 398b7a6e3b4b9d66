"""Many concurrent calls on the same jobs, users and photos: none deadlocks, and all rows agree at the end."""

import random
import uuid
from collections import Counter

import pytest
from django.db import connection

from billing.ledger import credit_account_of, find_drift
from billing.models import Hold
from creator.lib.errors import Refused
from jobs.enums import FailureCode, Outcome, Stage
from jobs.lifecycle import (
    adopt_orphan,
    cancel_batch,
    cancel_job,
    enter_stage,
    fail_job,
    finish_job,
    free_slot,
    give_up_leases,
    renew_leases,
    report_progress,
    requeue_job,
    retry_job,
)
from jobs.models import Attempt, Batch, Job, Upload, UserQueue
from tests.jobs.lifecycle import rows
from tests.jobs.lifecycle.threads import together

pytestmark = pytest.mark.django_db(transaction=True)
CROWD = 20


def reconcile(owner) -> None:
    """Assert that counts, attempts, photos and credits agree with the owner's jobs."""
    jobs = list(Job.objects.filter(owner=owner))
    here = Counter(job.status for job in jobs)
    assert rows.counts(owner) == (here["queued"], here["processing"])
    assert Hold.objects.filter(state="open", account__owner=owner).count() == sum(
        not job.is_final for job in jobs
    )
    assert credit_account_of(owner.pk).spent == sum(job.price for job in jobs if job.status == "completed")
    assert find_drift() == []
    open_attempts = Attempt.objects.filter(job__owner=owner, ended_at=None)
    assert open_attempts.count() == here["processing"]
    for photo in Upload.objects.filter(owner=owner):
        in_use = any(job.upload_id == photo.pk and not job.is_final for job in jobs)
        assert (photo.expires_at is None) == in_use


def test_submits_with_one_key_at_once_are_one_batch(cast, slow):
    key = uuid.uuid4()
    calls = [lambda: rows.submit(cast.owner, slow, key=key, variations=2)] * CROWD
    answers = together(*calls)
    assert answers == [answers[0]] * CROWD
    assert (Batch.objects.count(), Job.objects.count(), rows.counts(cast.owner)) == (1, 2, (2, 0))
    reconcile(cast.owner)


def test_submits_that_reuse_at_once_make_one_job(cast, slow):
    calls = [lambda: rows.submit(cast.owner, slow, seed=1, reuse=True)] * CROWD
    together(*calls)
    assert (Batch.objects.count(), Job.objects.count()) == (CROWD, 1)
    reconcile(cast.owner)


def test_submits_at_once_spend_no_credit_twice(cast, slow):
    account = credit_account_of(cast.stranger.pk)
    fits = account.available // 3
    answers = together(*[lambda: _submit_or_code(cast.stranger, slow)] * (fits + 4))
    assert answers.count("insufficient_credits") == 4
    reconcile(cast.stranger)


def _submit_or_code(owner, offered):
    try:
        return rows.submit_one(owner, offered)
    except Refused as refused:
        return refused.code


class Actor:
    """Does what workers and owners do, to random jobs; each actor has its own random generator."""

    def __init__(self, seed, owner, offered, node, photo):
        self.luck = random.Random(seed)
        self.owner, self.offered, self.node, self.photo = owner, offered, node, photo
        self.claims = []

    def run(self, steps=25):
        for _ in range(steps):
            self.luck.choice(
                [self.claim, self.claim, self.work, self.work, self.adopt, self.cancel, self.ask]
            )()
        return True

    def a_job(self):
        return self.luck.choice(list(Job.objects.filter(owner=self.owner).order_by("id")))

    def claim(self):
        if claim := rows.claim(self.a_job(), self.node, self.luck.randrange(self.node.slots)):
            self.claims.append(claim)

    def adopt(self):
        renew_leases([claim.token for claim in self.claims])
        if self.claims:
            give_up_leases([self.luck.choice(self.claims).token])
        if claim := adopt_orphan():
            self.claims.append(claim)

    def work(self):
        if not self.claims:
            return
        claim = self.luck.choice(self.claims)
        self.luck.choice(
            [
                lambda: finish_job(claim, []),
                lambda: fail_job(claim, FailureCode.NODE_ERROR),
                lambda: requeue_job(claim, outcome=Outcome.LOST),
                lambda: enter_stage(claim, Stage.RUNNING),
                lambda: free_slot(claim, gpu_seconds=1.0),
                lambda: report_progress(claim, percent=5, stage_title="", step=0, steps=0),
                lambda: claim.job_id and cancel_job(job=Job.objects.get(pk=claim.job_id)),
            ]
        )()

    def cancel(self):
        job = self.a_job()
        cancel_batch(batch=job.batch) if self.luck.random() < 0.2 else cancel_job(job=job)

    def ask(self):
        job = self.a_job()
        if job.is_final and self.luck.random() < 0.5:
            retry_job(job=job)
        else:
            rows.submit(self.owner, self.offered, photos=[self.photo], variations=2)


@pytest.mark.parametrize("seed", range(3))
def test_no_two_that_write_wait_for_each_other(cast, presets, seed):
    if connection.vendor == "sqlite":
        pytest.skip("one writer at a time: nothing can deadlock")
    offered, photo = presets["cinematic"], rows.make_upload(cast.owner)
    node = rows.make_node(slots=3, classes=list(offered.manifest.required_classes))
    rows.submit(cast.owner, offered, photos=[photo], variations=8)
    UserQueue.objects.update(limit=3)
    actors = [Actor(seed * 100 + number, cast.owner, offered, node, photo) for number in range(8)]
    assert together(*[actor.run for actor in actors]) == [True] * len(actors)
    reconcile(cast.owner)
