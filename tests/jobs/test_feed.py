"""The feed of a person: every move of their jobs once, in the order of the commits, and nobody else's."""

import random
from collections import Counter
from importlib import import_module

import pytest
from django.db import connection

from jobs import feed
from jobs.enums import OPEN, FailureCode, Outcome, Stage
from jobs.feed import BATCH_COMPLETED, newest_id, read_feed
from jobs.lifecycle import cancel_batch, cancel_job, enter_stage, fail_job, finish_job, free_slot, requeue_job
from jobs.models import Batch, Job, JobEvent, UserQueue
from tests.jobs.lifecycle import rows

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def slow(db):
    return rows.slow_preset()


@pytest.fixture
def node(db):
    return rows.make_node(slots=20)


def read_all(owner, *, limit=100, **filters) -> list[feed.FeedEvent]:
    """Read page after page from the beginning, as a program does."""
    told, after = [], 0
    while True:
        page = read_feed(owner.pk, after, limit=limit, **filters)
        told += page.events
        after = page.after
        if not page.has_more:
            return told


def types_of(events) -> list[str]:
    return [event.type for event in events]


def run(job, node, slot=0):
    held = rows.claim(job, node, slot)
    enter_stage(held, Stage.RUNNING)
    free_slot(held, gpu_seconds=1.0)
    return held


def test_each_status_of_a_job_is_one_event(cast, slow, node):
    job = rows.submit_one(cast.owner, slow)
    requeue_job(run(job, node), outcome=Outcome.LOST)
    finish_job(run(job, node), [])
    told = read_all(cast.owner)
    assert types_of(told) == [
        "job.queued",
        "job.processing",
        "job.queued",
        "job.processing",
        "job.completed",
        BATCH_COMPLETED,
    ]
    assert [event.id for event in told] == [2, 4, 6, 8, 10, 11]
    assert told[0].data == {
        "job_id": job.id,
        "batch_id": job.batch_id,
        "status": "queued",
        "preset": job.preset_version.preset_id,
        "name": job.name,
        "error": None,
    }
    assert told[-1].data == {
        "batch_id": job.batch_id,
        "total": 1,
        "completed": 1,
        "failed": 0,
        "cancelled": 0,
    }
    assert read_all(cast.other) == []


def test_a_failure_says_why(cast, slow, node):
    fail_job(run(rows.submit_one(cast.owner, slow), node), FailureCode.NODE_ERROR)
    [failed] = [event for event in read_all(cast.owner) if event.type == "job.failed"]
    assert failed.data["error"] == {"code": "node_error", "message": FailureCode.NODE_ERROR.label}


def test_a_batch_ends_once_with_its_last_job(cast, slow, node):
    jobs = rows.submit(cast.owner, slow, variations=3)
    cancel_job(job=jobs[1])
    finish_job(run(jobs[0], node), [])
    assert BATCH_COMPLETED not in types_of(read_all(cast.owner))
    fail_job(run(jobs[2], node), FailureCode.NODE_ERROR)
    told = read_all(cast.owner)
    assert types_of(told).count(BATCH_COMPLETED) == 1
    assert told[-1].data == {
        "batch_id": jobs[0].batch_id,
        "total": 3,
        "completed": 1,
        "failed": 1,
        "cancelled": 1,
    }


@pytest.mark.parametrize("limit", [1, 2, 3, 7])
@pytest.mark.parametrize(
    "types", [(), ("job.completed",), (BATCH_COMPLETED,), ("job.cancelled", BATCH_COMPLETED)]
)
def test_pages_of_any_size_have_the_same_events(cast, slow, node, limit, types):
    for number in range(3):
        first, second = rows.submit(cast.owner, slow, variations=2)
        finish_job(run(first, node, number), [])
        cancel_job(job=second)
    everything = read_all(cast.owner)
    wanted = [event for event in everything if not types or event.type in types]
    assert read_all(cast.owner, limit=limit, types=types) == wanted
    for event in everything:
        later = [each for each in everything if each.id > event.id]
        assert read_feed(cast.owner.pk, event.id, limit=100).events == later


def test_the_last_page_ends_behind_what_a_filter_leaves_out(cast, slow):
    rows.submit_one(cast.owner, slow)
    page = read_feed(cast.owner.pk, 0, limit=10, types=["job.failed"])
    assert (page.events, page.has_more, page.after) == ([], False, newest_id(cast.owner.pk))


def test_a_batch_shows_its_jobs_new_and_reused(cast, slow, node):
    [old] = rows.submit(cast.owner, slow, seed=1)
    again = rows.submit(cast.owner, slow, seed=1, variations=2, reuse=True)
    batch = Batch.objects.exclude(pk=old.batch_id).get()
    [new] = [job for job in again if job != old]
    rows.submit_one(cast.owner, slow)
    cancel_job(job=new)
    page = read_feed(cast.owner.pk, 0, limit=100, batch=batch)
    assert (types_of(page.events), page.terminal) == (
        ["job.queued", "job.queued", "job.cancelled", BATCH_COMPLETED],
        False,
    )
    finish_job(run(old, node), [])
    rest = read_feed(cast.owner.pk, page.after, limit=100, batch=batch)
    assert (types_of(rest.events), rest.terminal) == (["job.processing", "job.completed"], True)
    one = read_feed(cast.owner.pk, page.after, limit=1, batch=batch)
    assert (len(one.events), one.terminal) == (1, False)


def test_a_page_costs_the_same_with_one_job_and_with_many(cast, slow, django_assert_max_num_queries):
    for _ in range(8):
        batch = rows.submit_one(cast.owner, slow).batch
        cancel_batch(batch=batch)
    with django_assert_max_num_queries(3):
        assert len(read_feed(cast.owner.pk, 0, limit=100).events) == 24
    with django_assert_max_num_queries(4):
        read_feed(cast.owner.pk, 0, limit=100, batch=batch)


def test_a_page_is_found_by_the_index(cast, slow):
    rows.submit_one(cast.owner, slow)
    mine = JobEvent.objects.filter(owner_id=cast.owner.pk, feed_number__gt=3).order_by("feed_number")
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET enable_seqscan = off; SET enable_bitmapscan = off; SET enable_sort = off")
        try:
            assert "event_feed_number" in mine[:10].explain()
        finally:
            if connection.vendor == "postgresql":
                cursor.execute("RESET ALL")


def test_the_feed_replayed_gives_the_rows(cast, slow, node):
    """Many moves at random; then each job's last event names its status, and each ended batch ended once."""
    chance = random.Random(13)
    jobs = [job for _ in range(12) for job in rows.submit(cast.owner, slow, variations=chance.randint(1, 4))]
    UserQueue.objects.update(limit=20)
    for job in chance.sample(jobs, k=len(jobs) - 4):
        _move_at_random(chance, job, node)
    told = read_all(cast.owner, limit=7)
    replayed = {event.data["job_id"]: event.data["status"] for event in told if event.type != BATCH_COMPLETED}
    assert replayed == dict(Job.objects.values_list("pk", "status"))
    ended = Counter(event.data["batch_id"] for event in told if event.type == BATCH_COMPLETED)
    open_batches = set(Job.objects.filter(status__in=OPEN).values_list("batch_id", flat=True))
    assert ended == Counter({job.batch_id: 1 for job in jobs if job.batch_id not in open_batches})
    assert 0 < len(ended) < Batch.objects.count()


def _move_at_random(chance, job, node) -> None:
    if chance.random() < 0.3:
        cancel_job(job=job)
        return
    held = run(job, node)
    if chance.random() < 0.3:
        requeue_job(held, outcome=Outcome.LOST)
        held = run(job, node)
    end = chance.choice(["finish", "fail", "stop"])
    if end == "stop":
        cancel_job(job=job)
    if end == "fail":
        fail_job(held, FailureCode.NODE_ERROR)
    else:
        finish_job(held, [])


def test_an_upgrade_numbers_the_events_that_there_are(cast, slow, node):
    finish_job(run(rows.submit_one(cast.owner, slow), node), [])
    rows.submit_one(cast.other, slow)
    before = {owner: types_of(read_all(owner, types=feed.TYPES[:-1])) for owner in (cast.owner, cast.other)}
    newest = {owner: newest_id(owner.pk) for owner in before}
    JobEvent.objects.update(owner=None, feed_number=None)
    UserQueue.objects.update(feed_number=0)
    migration = import_module("jobs.migrations.0022_feed")
    with connection.cursor() as cursor:
        cursor.execute(migration.NUMBER_EVENTS)
        cursor.execute(migration.COUNT_EVENTS)
    for owner in before:
        assert types_of(read_all(owner, types=feed.TYPES[:-1])) == before[owner]
        assert newest_id(owner.pk) == newest[owner]
