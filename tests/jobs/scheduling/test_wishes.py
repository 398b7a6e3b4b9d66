from collections import Counter
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from jobs.enums import NodeState, Outcome
from jobs.lifecycle import finish_job, free_slot, requeue_job
from jobs.models import Attempt, Job, JobProgress, Node, UserQueue
from jobs.scheduling import read_wishes
from jobs.scheduling.claims import queue_heads
from jobs.scheduling.pool import free_slots
from jobs.scheduling.queue_heads import HEADS_AT_LEAST, HEADS_PER_USER, USERS_LOOKED_AT
from tests.jobs.lifecycle import rows


def placed():
    """Return (job id, node id, slot) of what would be claimed, with nodes and presets read from their rows."""
    rows.let_caches_expire()
    return [(wish.head.job_id, wish.slot.node_id, wish.slot.slot) for wish in read_wishes()]


def raise_limit(limit=20):
    UserQueue.objects.update(limit=limit)


def test_every_free_slot_of_each_usable_node_and_how_many_prompts_come_before_it(cast, slow, node):
    full = rows.make_node("full", slots=1)
    wide = rows.make_node("wide", slots=3)
    jobs = [rows.submit_one(cast.owner, slow) for _ in range(3)]
    raise_limit()
    rows.claim(jobs[0], full, 0)
    rows.claim(jobs[1], wide, 1)
    assert [(s.node_id, s.slot, s.busy) for s in free_slots()] == [
        (node.pk, 0, 0),
        (node.pk, 1, 1),
        (wide.pk, 0, 1),
        (wide.pk, 2, 2),
    ]
    assert placed() == [(jobs[2].id, node.pk, 0)]


def test_a_slot_is_free_as_soon_as_its_prompt_is_done(cast, slow, node):
    Node.objects.update(slots=1)
    claim = rows.claim(rows.submit_one(cast.owner, slow), node)
    assert free_slots() == []
    free_slot(claim, gpu_seconds=1)
    assert [(s.node_id, s.slot, s.busy) for s in free_slots()] == [(node.pk, 0, 0)]


def test_what_runs_before_a_new_prompt_is_what_was_staged_last(cast, slow, node):
    Node.objects.update(last_need="something else")
    assert [s.last_need for s in free_slots()] == ["something else"] * 2
    rows.claim(rows.submit_one(cast.owner, slow), node)
    Attempt.objects.update(need=slow.version.digest)
    assert [s.last_need for s in free_slots()] == [slow.version.digest]


def test_a_far_node_holds_more_prompts_once_it_is_known_how_long_they_take(cast, slow, node):
    for seconds in (0.1, 0.1):
        claim = rows.claim(rows.submit_one(cast.owner, slow), node)
        free_slot(claim, gpu_seconds=seconds)
        finish_job(claim, [])
    Attempt.objects.update(need=slow.version.digest)
    Node.objects.update(rtt_ms=50, last_need="")
    assert len(free_slots()) == 2
    Node.objects.update(last_need=slow.version.digest)
    rows.let_caches_expire()
    assert len(free_slots()) == 3


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
    for place, owner in enumerate((cast.owner, cast.owner, cast.other, cast.other)):
        assert rows.claim(rows.submit_one(owner, slow), node, place)
    waiting_longer, lighter = rows.submit_one(cast.other, slow), rows.submit_one(cast.owner, slow)
    raise_limit()
    assert [job_id for job_id, _, _ in placed()] == [waiting_longer.id, lighter.id]
    UserQueue.objects.filter(pk=cast.owner.pk).update(share=4 * UserQueue.objects.get(pk=cast.other.pk).share)
    assert [job_id for job_id, _, _ in placed()] == [lighter.id, waiting_longer.id]


def test_a_job_goes_elsewhere_after_a_node_lost_it(cast, slow, node):
    job, second = rows.submit_one(cast.owner, slow), rows.make_node("second")
    requeue_job(rows.claim(job, node), outcome=Outcome.LOST)
    assert placed() == [(job.id, second.pk, 0)]
    Node.objects.filter(pk=second.pk).update(state=NodeState.OFF)
    assert placed() == [(job.id, node.pk, 0)]


def test_users_whose_jobs_nothing_can_run_starve_nobody(cast, slow, node):
    """More users than one look covers wait for a node that does not exist; another user's job is still placed."""
    impossible = rows.slow_preset("impossible", test_class="TestOutOfMemory")
    for number in range(USERS_LOOKED_AT + 1):
        rows.submit_one(User.objects.create_user(f"waits-{number}@example.org"), impossible)
    running, possible = rows.submit_one(cast.owner, slow), rows.submit_one(cast.owner, slow)
    rows.claim(running, node)  # so all the other users have a lower load
    assert [job_id for job_id, _, _ in placed()] == [possible.id]


def test_of_many_idle_users_those_who_wait_longest_are_looked_at(cast, slow, node):
    users = [
        User.objects.create_user(f"idle-{number}@example.org", id=UUID(int=number + 1))
        for number in range(USERS_LOOKED_AT + 1)
    ]
    jobs = [rows.submit_one(user, slow) for user in users]
    Job.objects.filter(pk=jobs[-1].pk).update(rank_at=timezone.now() - timedelta(hours=1))
    expected = [jobs[-1].id, *(job.id for job in jobs[:-2])]
    assert sorted(head.job_id for head in queue_heads(free_slots())) == sorted(expected)
    assert [job_id for job_id, _, _ in placed()] == expected[:2]


def test_of_one_users_line_as_much_is_looked_at_as_fits(cast, slow):
    jobs = [rows.submit_one(cast.owner, slow) for _ in range(HEADS_AT_LEAST + 4)]
    raise_limit(100)
    for slots, expected in ((1, HEADS_AT_LEAST), (HEADS_AT_LEAST + 2, HEADS_AT_LEAST + 2)):
        Node.objects.all().delete()
        rows.make_node(slots=slots)
        rows.let_caches_expire()
        assert {head.job_id for head in queue_heads(free_slots())} == {job.id for job in jobs[:expected]}
    assert [job_id for job_id, _, _ in placed()] == [job.id for job in jobs[:expected]]


def test_of_many_users_lines_the_first_few_each(cast, slow, node):
    for number in range(USERS_LOOKED_AT):
        user = User.objects.create_user(f"user-{number}@example.org")
        for _ in range(HEADS_PER_USER + 1):
            rows.submit_one(user, slow)
    looked_at = Counter(head.owner_id for head in queue_heads(free_slots()))
    assert set(looked_at.values()) == {HEADS_PER_USER}
    assert len(looked_at) == USERS_LOOKED_AT


def test_users_who_come_next_are_found_behind_the_older_jobs_of_a_busier_one(cast, slow, node):
    """The busier user has more older jobs than are read from the front of all queues."""
    running = rows.submit_one(cast.owner, slow)
    rows.claim(running, node)
    oldest = rows.submit_one(cast.owner, slow)
    fill(oldest, 120)
    lighter = [rows.submit_one(user, slow) for user in (cast.other, cast.staff)]
    Job.objects.exclude(owner=cast.owner).update(rank_at=timezone.now() + timedelta(hours=1))
    Node.objects.update(slots=4)
    raise_limit()
    assert {job_id for job_id, _, _ in placed()} >= {job.id for job in lighter}
    assert placed()[0][0] in {job.id for job in lighter}


def test_behind_a_long_line_that_nothing_can_run_the_first_that_something_can_is_found(cast, slow, node):
    impossible = rows.slow_preset("impossible", test_class="TestOutOfMemory")
    fill(rows.submit_one(cast.owner, impossible), 40)
    possible = rows.submit_one(cast.owner, slow)
    assert [job_id for job_id, _, _ in placed()] == [possible.id]


def fill(template, count):
    """Queue `count` copies of `template` behind it."""
    copies = [
        Job(
            owner_id=template.owner_id,
            preset_version_id=template.preset_version_id,
            name="x",
            seed=1,
            price=1,
            need=template.need,
            rank_at=timezone.now(),
        )
        for _ in range(count)
    ]
    Job.objects.bulk_create(copies)
    JobProgress.objects.bulk_create(JobProgress(job=job) for job in copies)
    UserQueue.objects.filter(pk=template.owner_id).update(queued=F("queued") + count)


def test_a_queue_costs_the_same_whether_ten_wait_or_a_thousand(cast, slow, node):
    def cost():
        with CaptureQueriesContext(connection) as queries:
            found = len(placed())
        return len(queries), found

    template = rows.submit_one(cast.owner, slow)
    fill(template, 9)
    placed()  # fills the per-process cache of what presets need
    before = cost()
    fill(template, 990)
    assert (cost(), before[1]) == (before, 2)


def test_many_users_cost_as_many_statements_as_one(cast, slow, node):
    counts = []
    for number in range(5):
        rows.submit_one(User.objects.create_user(f"user-{number}@example.org"), slow)
        placed()
        with CaptureQueriesContext(connection) as queries:
            placed()
        counts.append(len(queries))
    assert counts == counts[:1] * 5
