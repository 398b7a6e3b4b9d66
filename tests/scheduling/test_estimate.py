from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from jobs.lifecycle import finish_job, free_slot, report_progress
from jobs.models import Job, UserQueue
from jobs.scheduling import Wait, estimate_waits
from tests.lifecycle import rows


def estimate(*jobs):
    fresh = list(
        Job.objects.filter(pk__in=[job.pk for job in jobs]).select_related("progress").order_by("rank_at")
    )
    waits = estimate_waits(fresh)
    return [waits.get(job.id) for job in jobs]


def finish_runs(cast, slow, node, *seconds):
    for each in seconds:
        claim = rows.claim(rows.submit_one(cast.other, slow), node, 1)
        free_slot(claim, gpu_seconds=each)
        finish_job(claim, [])


def test_before_anything_ran_the_place_is_known_and_the_time_is_not(cast, slow, node):
    first, second = rows.submit_one(cast.owner, slow), rows.submit_one(cast.other, slow)
    words = "Waiting for a free node."
    assert estimate(first, second) == [Wait(1, None, words), Wait(2, None, words)]


def test_the_time_follows_the_place_and_the_median_of_past_runs(cast, slow, node):
    finish_runs(cast, slow, node, 10, 10, 100)
    first, second = rows.submit_one(cast.owner, slow), rows.submit_one(cast.owner, slow)
    assert [(wait.position, wait.eta_s) for wait in estimate(first, second)] == [(1, 20), (2, 30)]
    rows.make_node("second")
    assert [wait.eta_s for wait in estimate(first, second)] == [15, 20]


def test_a_running_job_has_what_is_left_of_the_typical_time(cast, slow, node):
    finish_runs(cast, slow, node, 100, 100)
    job = rows.submit_one(cast.owner, slow)
    report_progress(rows.claim(job, node), percent=75, words="Work", step=1, steps=2)
    assert estimate(job) == [Wait(None, 25, "")]


def test_without_an_able_node_it_says_so_and_names_no_time(cast, slow, node):
    finish_runs(cast, slow, node, 10, 10)
    job = rows.submit_one(cast.owner, slow)
    node.__class__.objects.update(classes=[])
    assert estimate(job) == [Wait(1, None, "No node can run this yet.")]


def test_at_the_owners_limit_it_says_so(cast, slow, node):
    job = rows.submit_one(cast.owner, slow)
    UserQueue.objects.update(limit=0)
    assert estimate(job)[0].why == "Your other photos are being made first."


def test_while_backing_off_it_says_so(cast, slow, node):
    job = rows.submit_one(cast.owner, slow)
    Job.objects.update(not_before=timezone.now() + timedelta(hours=1))
    assert estimate(job)[0].why == "A node failed. Trying again in a moment."


def test_final_jobs_wait_for_nothing(cast, slow, node):
    job = rows.submit_one(cast.owner, slow)
    finish_job(rows.claim(job, node), [])
    assert estimate(job) == [None]


def test_ten_jobs_cost_as_many_queries_as_one(cast, slow, node):
    finish_runs(cast, slow, node, 10, 10)
    jobs = [rows.submit_one(cast.owner, slow) for _ in range(10)]
    estimate(jobs[0])  # what a preset needs is read once per process
    counts = []
    for some in (jobs[:1], jobs):
        with CaptureQueriesContext(connection) as queries:
            estimate(*some)
        counts.append(len(queries))
    assert counts[0] == counts[1]
