from datetime import timedelta

import pytest
from django.conf import settings
from django.db.models.functions import Now
from django.utils import timezone

from jobs.enums import Outcome
from jobs.lifecycle import Cause, finish_job, requeue_job
from jobs.lifecycle.bell import MOST_RINGS
from jobs.models import Attempt, Job, JobEvent, JobProgress, Node, UserQueue
from jobs.scheduling import sweep
from jobs.scheduling.sweep import LEAK_GRACE_S, free_leaked_slots
from tests.jobs.lifecycle import rows


def test_nothing_to_do_rings_for_nobody(db, rings):
    assert (sweep(), rings) == (0, [0])


def test_rings_as_often_as_free_slots_and_jobs_meet(cast, slow, node, rings):
    for _ in range(5):
        rows.submit_one(cast.owner, slow)
    UserQueue.objects.update(limit=20)
    assert sweep() == 2
    rows.make_node("second", slots=1)
    rows.let_caches_expire()
    assert sweep() == 3
    rows.make_node("third", slots=8)
    rows.let_caches_expire()
    assert sweep() == 5
    Node.objects.update(slots=0)
    rows.let_caches_expire()
    assert sweep() == 0


def test_rings_no_more_often_than_the_users_limit_leaves_room(cast, slow, node, rings):
    for _ in range(5):
        rows.submit_one(cast.owner, slow)
    UserQueue.objects.update(limit=1)
    assert sweep() == 1


def test_a_long_queue_rings_no_more_than_a_short_one(cast, slow, node, rings):
    Node.objects.update(slots=1)
    rows.submit_one(cast.owner, slow)
    assert sweep() == 1
    for _ in range(30):
        rows.submit_one(cast.owner, slow)
    assert sweep() == 1


def test_rings_once_for_each_orphan_and_for_no_live_lease(cast, slow, rings):
    node = rows.make_node(slots=3)
    jobs = [rows.submit_one(cast.owner, slow) for _ in range(3)]
    UserQueue.objects.update(limit=20)
    for slot, job in enumerate(jobs):
        rows.claim(job, node, slot)
    for job in jobs[:2]:
        rows.expire_lease(job)
    assert sweep() == 2


def test_rings_are_bounded_however_many_orphans_there_are(cast, slow, rings):
    node = rows.make_node(slots=40)
    jobs = [rows.submit_one(cast.owner, slow) for _ in range(MOST_RINGS + 4)]
    UserQueue.objects.update(limit=100)
    for slot, job in enumerate(jobs):
        rows.claim(job, node, slot)
        rows.expire_lease(job)
    Node.objects.update(slots=0)
    assert sweep() == MOST_RINGS


TOO_LONG = timedelta(seconds=settings.CONFIG.queue_timeout_seconds + 1)
WAITED = {name: Now() - TOO_LONG for name in ("rank_at", "created_at")}


def test_what_waited_too_long_fails_and_says_that_no_node_could_run_it(cast, slow, rings):
    old, young = rows.submit_one(cast.owner, slow), rows.submit_one(cast.owner, slow)
    Job.objects.filter(pk=old.pk).update(**WAITED)
    rows.make_node("lacks-the-class", classes=["SaveImage"])
    rows.make_node("not-seen-since", seen_at=timezone.now() - TOO_LONG)
    rows.make_node("off", state="off")
    sweep()
    for job in (old, young):
        job.refresh_from_db()
    assert [(job.status, job.error_code) for job in (old, young)] == [
        ("failed", "node_unavailable"),
        ("queued", ""),
    ]
    assert rows.counts(cast.owner) == (1, 0)
    assert JobEvent.objects.filter(job=old).last().status == "failed"


def test_the_bonus_of_a_plan_does_not_shorten_the_wait(cast, slow, rings):
    job = rows.submit_one(cast.owner, slow)
    Job.objects.update(rank_at=timezone.now() - TOO_LONG)
    sweep()
    job.refresh_from_db()
    assert job.status == "queued"


def test_a_long_queue_before_a_working_node_fails_nobody(cast, slow, node, rings):
    """Also while the breaker has closed that node for a moment."""
    job = rows.submit_one(cast.owner, slow)
    Job.objects.update(**WAITED)
    Node.objects.update(closed_until=timezone.now() + timedelta(seconds=60), failures=9)
    sweep()
    job.refresh_from_db()
    assert job.status == "queued"


def test_a_running_job_is_not_failed_for_having_waited(cast, slow, node, rings):
    job = rows.submit_one(cast.owner, slow)
    rows.claim(job, node)
    Job.objects.update(**WAITED)
    sweep()
    job.refresh_from_db()
    assert job.status == "processing"


def test_of_two_presets_only_the_jobs_that_no_node_could_run_fail(cast, slow, node, rings):
    impossible = rows.slow_preset("impossible", test_class="TestOutOfMemory")
    jobs = [rows.submit_one(cast.owner, slow), rows.submit_one(cast.owner, impossible)]
    Job.objects.update(**WAITED)
    sweep()
    assert [Job.objects.get(pk=job.pk).status for job in jobs] == ["queued", "failed"]


def leak(job, *, seconds=3600):
    """Make the rows look as if the job ended `seconds` ago without freeing its slot."""
    then = timezone.now() - timedelta(seconds=seconds)
    Job.objects.filter(pk=job.pk, finished_at__isnull=False).update(finished_at=then)
    Attempt.objects.filter(job=job).update(created_at=then)
    Attempt.objects.filter(job=job, ended_at__isnull=False).update(ended_at=then)
    Attempt.objects.filter(job=job, number=1).update(node_done_at=None)


@pytest.mark.parametrize(
    "end", [lambda claim: finish_job(claim, []), lambda claim: requeue_job(claim, outcome=Outcome.LOST)]
)
def test_a_slot_that_a_job_at_rest_holds_is_freed_and_counted(cast, slow, node, rings, caplog, end):
    job = rows.submit_one(cast.owner, slow)
    end(rows.claim(job, node))
    leak(job)
    before = Attempt.objects.values("outcome", "ended_at").get()
    assert (free_leaked_slots(), free_leaked_slots()) == (1, 0)
    assert Attempt.objects.filter(node_done_at__isnull=True).count() == 0
    assert Attempt.objects.values("outcome", "ended_at").get() == before
    assert [record.msg["freed"] for record in caplog.records if record.msg["event"] == "slots_leaked"] == [1]


def test_an_attempt_that_a_newer_one_replaced_lets_its_slot_go_and_the_newer_one_keeps_its_own(
    cast, slow, node
):
    job = rows.submit_one(cast.owner, slow)
    requeue_job(rows.claim(job, node), outcome=Outcome.LOST)
    rows.claim(job, node, 1)
    leak(job)
    Attempt.objects.filter(number=1).update(outcome=Outcome.OPEN, ended_at=None)
    assert free_leaked_slots() == 1
    rest = [(a.outcome, a.ended_at is None, a.node_done_at is None) for a in job.attempts.all()]
    assert rest == [("lost", False, False), ("", True, True)]


def test_a_slot_that_was_to_be_freed_a_moment_ago_is_left_to_whoever_does_it(cast, slow, node):
    job = rows.submit_one(cast.owner, slow)
    finish_job(rows.claim(job, node), [])
    leak(job, seconds=LEAK_GRACE_S - 10)
    assert free_leaked_slots() == 0


def test_a_running_job_keeps_its_slot_however_long_it_runs(cast, slow, node):
    job = rows.submit_one(cast.owner, slow)
    rows.claim(job, node)
    leak(job)
    assert free_leaked_slots() == 0


def test_a_job_that_cannot_be_ended_holds_nobody_up(cast, slow, node, rings):
    """The sweep still rings for an orphan and fails the other job that waited too long."""
    orphan, broken, old = (rows.submit_one(cast.owner, slow) for _ in range(3))
    rows.claim(orphan, node)
    rows.expire_lease(orphan)
    Node.objects.update(state="off")
    Job.objects.update(**WAITED)
    JobProgress.objects.filter(job=broken).delete()
    assert (sweep(), rings) == (1, [1])
    assert [Job.objects.get(pk=job.pk).status for job in (broken, old)] == ["queued", "failed"]


def test_a_job_that_every_node_has_refused_fails_when_it_has_waited_too_long(cast, slow, node, rings):
    job, other = rows.submit_one(cast.owner, slow), rows.make_node("second")
    requeue_job(rows.claim(job, node), outcome=Outcome.FAILED, cause=Cause(error="PhotoTooLarge"))
    old = timezone.now() - timedelta(seconds=settings.CONFIG.queue_timeout_seconds + 60)
    Job.objects.update(created_at=old, rank_at=old)
    sweep()
    assert Job.objects.get().status == "queued"
    Node.objects.filter(pk=other.pk).update(state="off")
    rows.let_caches_expire()
    sweep()
    assert (Job.objects.get().status, Job.objects.get().error_code) == ("failed", "node_unavailable")
