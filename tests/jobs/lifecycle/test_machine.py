"""Tests the lifecycle against a small model: any calls in any order, by present and by late holders.

`HYPOTHESIS_PROFILE=chaos` runs 200 examples of 50 steps.
"""

import os
import uuid
from collections import Counter, defaultdict

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts.models import User
from billing.ledger import credit_account_of, find_drift, grant
from billing.models import Hold
from creator.lib.errors import Refused
from jobs.enums import FINAL, FailureCode, Outcome, Stage
from jobs.lifecycle import (
    NewArtifact,
    adopt_orphan,
    cancel_batch,
    cancel_job,
    enter_stage,
    fail_job,
    fail_waiting,
    finish_failed,
    finish_job,
    free_slot,
    report_progress,
    requeue_job,
    retry_job,
    vary_job,
)
from jobs.models import Artifact, Attempt, Job, JobEvent, JobProgress, UserQueue
from tests.jobs.lifecycle import rows

RESULT = [NewArtifact("result", "results/x", "image/png", "1" * 64, 10, 32, 24)]
LIMIT = 2
MOST_JOBS = 10
PROFILES = {"default": (15, 30), "chaos": (200, 50)}


class LifeOfJobs(RuleBasedStateMachine):
    """`holder`: the claim that may write, per job; `claims`: every claim ever given; `status`: what the model expects.

    The first of the two owners has plenty of credits; the second has the starting credits, enough for a few jobs.
    """

    def __init__(self):
        super().__init__()
        self.story = transaction.atomic()  # rolled back at the end, so every example begins with empty tables
        self.story._from_testcase = True  # marks it as a test's transaction, which may contain durable blocks
        self.story.__enter__()
        self.slow = rows.slow_preset()
        self.slow.preset.price = 8
        self.node = rows.make_node("machine", slots=3)
        self.owners = [User.objects.create_user(f"{n}@example.org") for n in range(2)]
        grant(owner_id=self.owners[0].pk, amount=1000, source="tests", source_id="1", reason="Plenty")
        self.credits = [credit_account_of(owner.pk).available for owner in self.owners]
        self.status, self.holder, self.claims, self.asked, self.numbers = {}, {}, [], set(), {}
        self.unsaved, self.free = set(), set()

    def teardown(self):
        transaction.set_rollback(True)
        self.story.__exit__(None, None, None)

    def pick(self, index):
        return Job.objects.get(pk=list(self.status)[index % len(self.status)])

    def ended(self, claim, wrote, status):
        """Check that the write by `claim` succeeded if and only if `claim` is the holder's.

        `status` is what the job becomes, unless its owner asked to cancel: then it always becomes cancelled.
        """
        held = self.holder.get(claim.job_id) == claim
        if status is None:
            assert wrote is held
            return
        status = "cancelled" if claim.job_id in self.asked else status
        assert wrote == (status if held else None)
        if held:
            self.status[claim.job_id] = status
            del self.holder[claim.job_id]

    def left(self, owner):
        """Return the credits that no job of this owner holds or has spent."""
        jobs = Job.objects.filter(owner=owner)
        free = {job_id for job_id, now in self.status.items() if now in ("failed", "cancelled")} | self.free
        taken = [job.price for job in jobs if job.id not in free]
        return self.credits[self.owners.index(owner)] - sum(taken)

    def ask(self, owner, price, call):
        """Return the new jobs of `call`, which is refused if the credits do not cover all of them."""
        if price > self.left(owner):
            with pytest.raises(Refused, match="credits"):
                call()
            return []
        jobs = call()
        self.status |= {job.id: "queued" for job in jobs}
        UserQueue.objects.filter(pk=owner.pk).update(limit=LIMIT)
        return jobs

    @precondition(lambda self: len(self.status) < MOST_JOBS)
    @rule(index=st.integers(0, 1), count=st.integers(1, 3))
    def submit(self, index, count):
        owner, order = self.owners[index], {"variations": count, "key": uuid.uuid4()}
        jobs = self.ask(owner, self.slow.preset.price * count, lambda: rows.submit(owner, self.slow, **order))
        assert len(jobs) in (0, count)
        if jobs:
            assert rows.submit(owner, self.slow, **order) == jobs

    @precondition(lambda self: 0 < len(self.status) < MOST_JOBS)
    @rule(index=st.integers(0, MOST_JOBS), repeat=st.sampled_from([retry_job, vary_job]))
    def repeat(self, index, repeat):
        job = self.pick(index)
        if self.status[job.id] in FINAL and repeat is retry_job and (there := self.pictures_of(job)):
            assert retry_job(job=job).id in there
        elif self.status[job.id] in FINAL:
            self.ask(job.owner, job.preset_version.preset.price, lambda: [repeat(job=job)])
        else:
            with pytest.raises(Refused, match="not done yet"):
                repeat(job=job)

    def pictures_of(self, job):
        """Return the jobs with exactly this picture, made or on its way: repeats of them are free."""
        twins = Job.objects.filter(owner=job.owner, fingerprint=job.fingerprint).values_list("pk", flat=True)
        gone = {"failed", "cancelled"}
        return {twin for twin in twins if self.status[twin] not in gone and twin not in self.asked}

    @precondition(lambda self: self.status)
    @rule(index=st.integers(0, MOST_JOBS), slot=st.integers(0, 2))
    def claim(self, index, slot):
        job = self.pick(index)
        taken = Attempt.objects.filter(node=self.node, slot=slot, node_done_at=None).exists()
        running = [j for j in self.holder if Job.objects.get(pk=j).owner_id == job.owner_id]
        free = not taken and len(running) < LIMIT and self.status[job.id] == "queued"
        claim = rows.claim(job, self.node, slot)
        assert (claim is not None) is free
        if claim:
            self.status[job.id], self.holder[job.id] = "processing", claim
            self.claims.append(claim)

    @precondition(lambda self: self.holder)
    @rule(index=st.integers(0, MOST_JOBS))
    def adopt(self, index):
        job_id = list(self.holder)[index % len(self.holder)]
        rows.expire_lease(Job(pk=job_id))
        claim = adopt_orphan()
        assert claim.job_id == job_id
        self.holder[job_id] = claim
        self.claims.append(claim)

    @precondition(lambda self: self.status)
    @rule(index=st.integers(0, MOST_JOBS))
    def cancel(self, index):
        job = self.pick(index)
        expected = self.after_cancel(job)
        assert cancel_job(job=job) == expected

    def after_cancel(self, job):
        """Apply a cancel to the model, and return the answer that the cancel must give."""
        before = self.status[job.id]
        if before == "queued":
            self.status[job.id] = "cancelled"
        if before == "processing":
            self.asked.add(job.id)
        stopped = "stopping" if job.id in self.asked else "never_started"
        answers = {"queued": "never_started", "processing": "stopping", "cancelled": stopped}
        return answers.get(before, "too_late")

    @precondition(lambda self: self.status)
    @rule(index=st.integers(0, MOST_JOBS))
    def cancel_all(self, index):
        batch = self.pick(index).batch
        expected = Counter(self.after_cancel(job) for job in batch.jobs.all())
        assert cancel_batch(batch=batch) == expected

    @precondition(lambda self: self.status)
    @rule(index=st.integers(0, MOST_JOBS))
    def wait_too_long(self, index):
        job = self.pick(index)
        waiting = self.status[job.id] == "queued"
        assert fail_waiting(job, FailureCode.NODE_UNAVAILABLE) is waiting
        if waiting:
            self.status[job.id] = "failed"

    @precondition(lambda self: self.claims)
    @rule(index=st.integers(0, 30))
    def finish(self, index):
        claim = self.claims[index % len(self.claims)]
        self.ended(claim, finish_job(claim, RESULT), "completed")

    @precondition(lambda self: self.claims)
    @rule(index=st.integers(0, 30), code=st.sampled_from([FailureCode.NODE_ERROR, FailureCode.UNSAVED]))
    def fail(self, index, code):
        claim = self.claims[index % len(self.claims)]
        failed = fail_job(claim, code)
        self.ended(claim, failed, "failed")
        if failed == "failed" and code is FailureCode.UNSAVED:
            self.unsaved.add(claim.job_id)

    @precondition(lambda self: self.status)
    @rule(index=st.integers(0, MOST_JOBS))
    def finish_later(self, index):
        """Staff complete a job whose picture could not be saved; it stays free."""
        job = self.pick(index)
        unsaved = job.id in self.unsaved and self.status[job.id] == "failed"
        assert finish_failed(job, RESULT) is unsaved
        if unsaved:
            self.status[job.id] = "completed"
            self.free.add(job.id)

    @precondition(lambda self: self.claims)
    @rule(index=st.integers(0, 30))
    def requeue(self, index):
        claim = self.claims[index % len(self.claims)]
        self.ended(claim, requeue_job(claim, outcome=Outcome.LOST), "queued")

    @precondition(lambda self: self.claims)
    @rule(index=st.integers(0, 30), what=st.sampled_from(["progress", "stage", "slot"]))
    def go_on(self, index, what):
        claim = self.claims[index % len(self.claims)]
        call = {
            "progress": lambda: report_progress(claim, percent=index, stage_title="Work", step=1, steps=2),
            "stage": lambda: enter_stage(claim, Stage.RUNNING),
            "slot": lambda: free_slot(claim, gpu_seconds=1.0),
        }[what]
        self.ended(claim, call(), None)

    @invariant()
    def rows_are_as_expected(self):
        jobs = {job.id: job for job in Job.objects.filter(pk__in=self.status)}
        assert {job_id: job.status for job_id, job in jobs.items()} == self.status
        tokens = {job_id: job.token for job_id, job in jobs.items() if job.lease_until}
        assert tokens == {job_id: claim.token for job_id, claim in self.holder.items()}

    @invariant()
    def counts_are_the_rows(self):
        for queue in UserQueue.objects.filter(pk__in=[owner.pk for owner in self.owners]):
            here = Counter(Job.objects.filter(owner_id=queue.owner_id).values_list("status", flat=True))
            assert (queue.queued, queue.running) == (here["queued"], here["processing"])

    @invariant()
    def results_are_there_once_and_only_when_completed(self):
        kept = Counter(Artifact.objects.filter(job_id__in=self.status).values_list("job_id", flat=True))
        assert kept == Counter(job_id for job_id, status in self.status.items() if status == "completed")

    @invariant()
    def open_slots_belong_to_processing_jobs(self):
        held = Attempt.objects.filter(node=self.node, node_done_at=None).values_list("job_id", flat=True)
        assert len(held) == len(set(held))
        assert set(held) <= set(self.holder)

    @invariant()
    def numbers_rise_and_the_last_event_is_the_state(self):
        last = dict(JobProgress.objects.filter(pk__in=self.status).values_list("pk", "sequence"))
        assert all(number >= self.numbers.get(job_id, 1) for job_id, number in last.items())
        self.numbers = last
        told = defaultdict(list)
        for event in JobEvent.objects.filter(job_id__in=self.status).order_by("sequence"):
            told[event.job_id].append(event)
        for job_id, events in told.items():
            numbers = [event.sequence for event in events]
            assert (len(set(numbers)), numbers[-1] <= last[job_id]) == (len(numbers), True)
            final = [event.status for event in events if event.status in FINAL]
            ends = ["failed", "completed"] if job_id in self.free else final[-1:]
            assert (events[-1].status, final) == (self.status[job_id], ends)

    @invariant()
    def what_is_paid_for_is_what_was_made(self):
        names = {"queued": "open", "processing": "open", "completed": "settled"}
        holds = {hold.reference: hold.state for hold in Hold.objects.all()}
        expected = {job_id: names.get(now, "released") for job_id, now in self.status.items()}
        expected |= dict.fromkeys(self.free, "released")
        assert holds == {f"job:{job_id}": state for job_id, state in expected.items()}
        assert [credit_account_of(owner.pk).available for owner in self.owners] == list(
            map(self.left, self.owners)
        )
        assert find_drift() == []

    @invariant()
    def attempts_and_files_follow_the_state(self):
        running = Attempt.objects.filter(ended_at=None).values_list("job_id", flat=True)
        assert sorted(running) == sorted(self.holder)
        dated = Job.objects.filter(files_expire_at__isnull=False).values_list("pk", flat=True)
        assert set(dated) == {job_id for job_id, now in self.status.items() if now == "completed"}


@pytest.mark.django_db
def test_life_of_jobs():
    examples, steps = PROFILES[os.environ.get("HYPOTHESIS_PROFILE", "default")]
    run_state_machine_as_test(
        LifeOfJobs,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            derandomize=True,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )
