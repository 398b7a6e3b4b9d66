from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from jobs.enums import NodeState, Outcome
from jobs.lifecycle import requeue_job
from jobs.models import Job, Node, UserQueue
from jobs.scheduling import place_jobs
from jobs.scheduling.snapshot import HEADS_PER_USER, USERS_LOOKED_AT, free_slots
from tests.lifecycle import rows


def placed():
    return [(placement.job_id, placement.node_id, placement.slot) for placement in place_jobs()]


def test_the_lowest_free_slot_of_each_usable_node(cast, slow, node):
    full = rows.make_node("full", slots=1)
    jobs = [rows.submit_one(cast.owner, slow) for _ in range(3)]
    rows.claim(jobs[0], full, 0)
    rows.claim(jobs[1], node, 0)
    assert [(s.node_id, s.slot, s.busy) for s in free_slots()] == [(node.pk, 1, 1)]
    assert placed() == [(jobs[2].id, node.pk, 1)]


@pytest.mark.parametrize(
    "change",
    [
        {"state": NodeState.DRAINING},
        {"state": NodeState.OFF},
        {"seen_at": None},
        {"closed_until": timezone.now() + timedelta(hours=1)},
        {"classes": ["SaveImage"]},
        {"slots": 0},
    ],
    ids=lambda change: "-".join(change),
)
def test_a_node_that_may_not_or_cannot_gets_nothing(cast, slow, node, change):
    rows.submit_one(cast.owner, slow)
    assert len(placed()) == 1
    Node.objects.filter(pk=node.pk).update(**change)
    assert placed() == []


def test_a_closed_breaker_opens_by_itself(cast, slow, node):
    rows.submit_one(cast.owner, slow)
    Node.objects.update(closed_until=timezone.now() - timedelta(seconds=1))
    assert len(placed()) == 1


def test_jobs_that_back_off_and_users_at_their_limit_wait(cast, slow, node):
    backing_off, limited = rows.submit_one(cast.owner, slow), rows.submit_one(cast.other, slow)
    Job.objects.filter(pk=backing_off.pk).update(not_before=timezone.now() + timedelta(hours=1))
    UserQueue.objects.filter(pk=limited.owner_id).update(limit=0)
    assert placed() == []
    Job.objects.filter(pk=backing_off.pk).update(not_before=timezone.now() - timedelta(seconds=1))
    assert [job_id for job_id, _, _ in placed()] == [backing_off.id]


def test_the_user_with_less_running_for_their_share_comes_first(cast, slow):
    node = rows.make_node(slots=6)
    for owner, share in ((cast.owner, 4.0), (cast.other, 1.0)):
        for slot in range(2):
            job = rows.submit_one(owner, slow)
            rows.claim(job, node, slot + (2 if owner == cast.other else 0))
        UserQueue.objects.filter(pk=owner.pk).update(share=share)
    waiting_longer, lighter = rows.submit_one(cast.other, slow), rows.submit_one(cast.owner, slow)
    assert [job_id for job_id, _, _ in placed()] == [lighter.id, waiting_longer.id]


def test_a_job_goes_elsewhere_after_a_node_lost_it(cast, slow, node):
    job, second = rows.submit_one(cast.owner, slow), rows.make_node("second")
    requeue_job(rows.claim(job, node), outcome=Outcome.LOST)
    assert placed() == [(job.id, second.pk, 0)]
    Node.objects.filter(pk=second.pk).update(state=NodeState.OFF)
    assert placed() == [(job.id, node.pk, 0)]


def test_users_whose_jobs_nothing_can_run_starve_nobody(cast, slow, node):
    """As many users as are looked at wait for a node that is not there; somebody else's job still goes."""
    impossible = rows.slow_preset("impossible", test_class="TestOutOfMemory")
    for number in range(USERS_LOOKED_AT + 1):
        rows.submit_one(User.objects.create_user(f"waits-{number}@example.org"), impossible)
    running, possible = rows.submit_one(cast.owner, slow), rows.submit_one(cast.owner, slow)
    rows.claim(running, node)  # so that all the others are less loaded
    assert [job_id for job_id, _, _ in placed()] == [possible.id]


def test_of_many_idle_users_those_who_wait_longest_are_looked_at(cast, slow, node):
    users = [
        User.objects.create_user(f"idle-{number}@example.org", id=UUID(int=number + 1))
        for number in range(USERS_LOOKED_AT + 1)
    ]
    jobs = [rows.submit_one(user, slow) for user in users]
    Job.objects.filter(pk=jobs[-1].pk).update(rank_at=timezone.now() - timedelta(hours=1))
    assert [job_id for job_id, _, _ in placed()] == [jobs[-1].id, *(job.id for job in jobs[:-2])]


def test_a_queue_costs_the_same_whether_ten_wait_or_a_thousand(cast, slow, node):
    def cost():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            found = len(placed())
        return len(queries), found

    jobs = [rows.submit_one(cast.owner, slow) for _ in range(10)]
    placed()  # what a preset needs is read once per process
    before = cost()
    template = jobs[0]
    Job.objects.bulk_create(
        Job(
            owner=cast.owner,
            preset_version=template.preset_version,
            name="x",
            seed=1,
            price=1,
            need=template.need,
            rank_at=timezone.now(),
        )
        for _ in range(990)
    )
    UserQueue.objects.filter(pk=cast.owner.pk).update(queued=1000)
    assert (cost(), before[1]) == (before, HEADS_PER_USER)
