"""Any order of any calls, by present and by late holders: the lifecycle against a model of a few lines."""

from collections import Counter, defaultdict

import pytest
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
from jobs.enums import FINAL, FailureCode, Outcome, Stage
from jobs.lifecycle import (
    NewArtifact,
    adopt_orphan,
    cancel_job,
    end_cancelled,
    enter_stage,
    fail_job,
    finish_job,
    free_slot,
    report_progress,
    requeue_job,
)
from jobs.models import Artifact, Attempt, Job, JobEvent, JobProgress, Node, UserQueue
from tests.lifecycle import rows

RESULT = [NewArtifact("result", "results/x", "image/png", "1" * 64, 10, 32, 24)]
LIMIT = 2


class LifeOfJobs(RuleBasedStateMachine):
    """`holder`: the claim that may write, per job; `claims`: every claim ever given; `status`: what the model expects."""

    def __init__(self):
        super().__init__()
        self.slow = rows.slow_preset()
        self.node = rows.make_node(f"machine-{Node.objects.count()}", slots=3)
        self.owners = [User.objects.create_user(f"{self.node.name}-{n}@example.org") for n in range(2)]
        self.status, self.holder, self.claims, self.asked, self.numbers = {}, {}, [], set(), {}

    def pick(self, index):
        return Job.objects.get(pk=list(self.status)[index % len(self.status)])

    def ended(self, claim, wrote, status):
        """A write by `claim` went through if and only if it was the holder's."""
        assert wrote is (self.holder.get(claim.job_id) == claim)
        if wrote and status:
            self.status[claim.job_id] = status
            del self.holder[claim.job_id]

    @precondition(lambda self: len(self.status) < 5)
    @rule(owner=st.integers(0, 1))
    def submit(self, owner):
        job = rows.submit_one(self.owners[owner], self.slow)
        UserQueue.objects.filter(pk=job.owner_id).update(limit=LIMIT)
        self.status[job.id] = "queued"

    @precondition(lambda self: self.status)
    @rule(index=st.integers(0, 4), slot=st.integers(0, 2))
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
    @rule(index=st.integers(0, 4))
    def adopt(self, index):
        job_id = list(self.holder)[index % len(self.holder)]
        rows.expire_lease(Job(pk=job_id))
        claim = adopt_orphan()
        assert claim.job_id == job_id
        self.holder[job_id] = claim
        self.claims.append(claim)

    @precondition(lambda self: self.status)
    @rule(index=st.integers(0, 4))
    def cancel(self, index):
        job = self.pick(index)
        before = self.status[job.id]
        answer = cancel_job(job=job)
        if before == "queued":
            self.status[job.id] = "cancelled"
        if before == "processing":
            self.asked.add(job.id)
        stopped = "stopping" if job.id in self.asked else "never_started"
        expected = {"queued": "never_started", "processing": "stopping", "cancelled": stopped}
        assert answer == expected.get(before, "too_late")

    @precondition(lambda self: self.claims)
    @rule(index=st.integers(0, 30))
    def finish(self, index):
        claim = self.claims[index % len(self.claims)]
        self.ended(claim, finish_job(claim, RESULT), "completed")

    @precondition(lambda self: self.claims)
    @rule(index=st.integers(0, 30))
    def fail(self, index):
        claim = self.claims[index % len(self.claims)]
        self.ended(claim, fail_job(claim, FailureCode.NODE_ERROR), "failed")

    @precondition(lambda self: self.claims)
    @rule(index=st.integers(0, 30))
    def requeue(self, index):
        claim = self.claims[index % len(self.claims)]
        next_status = "cancelled" if claim.job_id in self.asked else "queued"
        self.ended(claim, requeue_job(claim, outcome=Outcome.LOST), next_status)

    @precondition(lambda self: self.claims)
    @rule(index=st.integers(0, 30))
    def obey_cancel(self, index):
        claim = self.claims[index % len(self.claims)]
        if claim.job_id in self.asked:
            self.ended(claim, end_cancelled(claim), "cancelled")

    @precondition(lambda self: self.claims)
    @rule(index=st.integers(0, 30), what=st.sampled_from(["progress", "stage", "slot"]))
    def go_on(self, index, what):
        claim = self.claims[index % len(self.claims)]
        call = {
            "progress": lambda: report_progress(claim, percent=index, words="Work", step=1, steps=2),
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
            assert (events[-1].status, final) == (self.status[job_id], final[-1:])

    def teardown(self):
        Job.objects.filter(pk__in=self.status).delete()


@pytest.mark.django_db
def test_life_of_jobs():
    run_state_machine_as_test(
        LifeOfJobs,
        settings=settings(
            max_examples=30,
            stateful_step_count=30,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        ),
    )
