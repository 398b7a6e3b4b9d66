from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from jobs.lifecycle.bell import MOST_RINGS
from jobs.models import Job, JobEvent, Node
from jobs.scheduling import sweep
from tests.lifecycle import rows


def test_nothing_to_do_rings_for_nobody(db, rings):
    assert (sweep(), rings) == (0, [0])


def test_rings_as_often_as_free_slots_and_jobs_meet(cast, slow, node, rings):
    for _ in range(5):
        rows.submit_one(cast.owner, slow)
    assert sweep() == 1  # one more prompt for one node; the next sweep finds its second slot
    rows.make_node("second")
    assert sweep() == 2
    Node.objects.update(slots=0)
    assert sweep() == 0


def test_a_long_queue_rings_no_more_than_a_short_one(cast, slow, node, rings):
    rows.submit_one(cast.owner, slow)
    assert sweep() == 1
    for _ in range(30):
        rows.submit_one(cast.owner, slow)
    assert sweep() == 1


def test_rings_once_for_each_orphan_and_for_no_live_lease(cast, slow, rings):
    node = rows.make_node(slots=3)
    jobs = [rows.submit_one(cast.owner, slow) for _ in range(3)]
    for slot, job in enumerate(jobs):
        rows.claim(job, node, slot)
    for job in jobs[:2]:
        rows.expire_lease(job)
    assert sweep() == 2


def test_rings_are_bounded_however_many_orphans_there_are(cast, slow, rings):
    node = rows.make_node(slots=40)
    jobs = [rows.submit_one(cast.owner, slow) for _ in range(MOST_RINGS + 4)]
    cast.owner.queue.__class__.objects.update(limit=100)
    for slot, job in enumerate(jobs):
        rows.claim(job, node, slot)
        rows.expire_lease(job)
    Node.objects.update(slots=0)
    assert sweep() == MOST_RINGS


TOO_LONG = timedelta(seconds=settings.CONFIG.queue_timeout_seconds + 1)


def test_what_waited_too_long_fails_and_says_that_no_node_could_run_it(cast, slow, rings):
    old, young = rows.submit_one(cast.owner, slow), rows.submit_one(cast.owner, slow)
    Job.objects.filter(pk=old.pk).update(rank_at=timezone.now() - TOO_LONG)
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


def test_a_long_queue_before_a_working_node_fails_nobody(cast, slow, node, rings):
    """Not even while the node's breaker is closed for a moment."""
    job = rows.submit_one(cast.owner, slow)
    Job.objects.update(rank_at=timezone.now() - TOO_LONG)
    Node.objects.update(closed_until=timezone.now() + timedelta(seconds=60), failures=9)
    sweep()
    job.refresh_from_db()
    assert job.status == "queued"


def test_a_running_job_is_not_failed_for_having_waited(cast, slow, node, rings):
    job = rows.submit_one(cast.owner, slow)
    rows.claim(job, node)
    Job.objects.update(rank_at=timezone.now() - timedelta(days=1))
    sweep()
    job.refresh_from_db()
    assert job.status == "processing"
