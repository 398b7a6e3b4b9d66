from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from jobs.enums import Stage
from jobs.lifecycle import enter_stage, finish_job, free_slot, report_progress, requeue_job
from jobs.models import Attempt, Job, JobProgress, Node, UserQueue
from jobs.scheduling import Wait, estimate_waits
from jobs.scheduling.estimate import rounded
from jobs.scheduling.line import find_places, read_crowd
from tests.jobs.lifecycle import rows
from tests.jobs.scheduling.test_wishes import fill


def estimate(*jobs):
    rows.let_caches_expire()
    fresh = list(
        Job.objects.filter(pk__in=[job.pk for job in jobs]).select_related("progress").order_by("rank_at")
    )
    waits = estimate_waits(fresh)
    return [waits.get(job.id) for job in jobs]


def etas(*jobs):
    return [(wait.position, wait.eta_s) for wait in estimate(*jobs)]


def finish_runs(owner, preset, node, *seconds, **fields):
    for each in seconds:
        claim = rows.claim(rows.submit_one(owner, preset), node, 1)
        free_slot(claim, gpu_seconds=each)
        finish_job(claim, [])
        Attempt.objects.filter(pk=claim.attempt_id).update(**fields)
    now = timezone.now()
    Attempt.objects.filter(outcome="completed").update(node_done_at=now, ended_at=now)


def submit(owner, preset, count=1):
    jobs = [rows.submit_one(owner, preset) for _ in range(count)]
    UserQueue.objects.update(limit=20, share=1)
    return jobs if count > 1 else jobs[0]


def test_before_anything_ran_the_place_is_known_and_the_time_is_not(cast, slow, node):
    first, second = rows.submit_one(cast.owner, slow), rows.submit_one(cast.other, slow)
    why = "Waiting for a free node."
    assert estimate(first, second) == [Wait(1, None, why), Wait(2, None, why)]


def test_the_time_follows_the_place_and_the_median_of_past_runs(cast, slow, node):
    finish_runs(cast.other, slow, node, 10, 10, 100)
    jobs = submit(cast.owner, slow, 3)
    assert etas(*jobs) == [(1, 10), (2, 20), (3, 30)]
    rows.make_node("second")
    assert etas(*jobs) == [(1, 10), (2, 10), (3, 20)]


def test_what_runs_and_is_staged_comes_first_less_what_it_has_done(cast, slow, node):
    finish_runs(cast.other, slow, node, 40, 40)
    running, staged, waiting = submit(cast.owner, slow, 3)
    rows.claim(running, node, 0)
    rows.claim(staged, node, 1)
    now = timezone.now()
    Attempt.objects.filter(job=running).update(execution_started_at=now - timedelta(seconds=30))
    with time_machine.travel(now, tick=False):
        assert etas(waiting) == [(1, 90)]
        assert estimate(staged) == [Wait(None, 50, "Waiting its turn on the node.", 50)]


def test_saving_takes_its_time_too(cast, slow, node):
    finish_runs(cast.other, slow, node, 10, 10)
    Attempt.objects.update(ended_at=F("node_done_at") + timedelta(seconds=20))
    assert etas(submit(cast.owner, slow)) == [(1, 30)]


def test_users_take_turns_so_a_single_job_stands_before_the_rest_of_a_long_line(cast, slow, node):
    many = submit(cast.owner, slow, 4)
    one = submit(cast.other, slow)
    assert [wait.position for wait in estimate(*many, one)] == [1, 3, 4, 5, 2]


def test_a_user_with_twice_the_share_starts_twice_as_many_first(cast, slow, node):
    many, mine = submit(cast.owner, slow, 6), submit(cast.other, slow, 3)
    UserQueue.objects.filter(pk=cast.owner.pk).update(share=2)
    assert [wait.position for wait in estimate(*mine)] == [2, 5, 8]
    assert estimate(many[0])[0].position == 1


def test_who_runs_much_already_waits_for_those_who_run_less(cast, slow):
    node = rows.make_node(slots=4)
    busy, idle = submit(cast.owner, slow, 4), submit(cast.other, slow, 3)
    for slot, job in enumerate(busy[:3]):
        rows.claim(job, node, slot)
    assert [wait.position for wait in estimate(busy[3], *idle)] == [4, 1, 2, 3]


def test_the_parallel_limit_delays_though_nodes_are_free(cast, slow, node):
    finish_runs(cast.other, slow, node, 10, 10)
    for number in range(3):
        rows.make_node(f"idle-{number}")
    jobs = submit(cast.owner, slow, 3)
    UserQueue.objects.filter(pk=cast.owner.pk).update(limit=1)
    assert etas(*jobs) == [(1, 10), (2, 20), (3, 30)]


def test_cold_and_warm_runs_are_told_apart_on_each_kind_of_node(cast, slow, node):
    other = rows.make_node("other", device="large")
    finish_runs(cast.other, slow, node, 100, 100, warm=False)
    finish_runs(cast.other, slow, node, 30, 30, warm=True)
    finish_runs(cast.other, slow, other, 15, 15, warm=True)
    job = submit(cast.owner, slow)
    Node.objects.filter(pk=other.pk).update(state="off")
    Node.objects.filter(pk=node.pk).update(last_need=slow.version.digest)
    assert etas(job) == [(1, 30)]
    Node.objects.filter(pk=node.pk).update(last_need="something else")
    assert etas(job) == [(1, 105)]
    Node.objects.update(state="off", last_need=slow.version.digest)
    Node.objects.filter(pk=other.pk).update(state="active")
    assert etas(job) == [(1, 15)]


def test_nine_of_ten_stay_below_the_second_figure(cast, slow, node):
    finish_runs(cast.other, slow, node, *[20] * 8, 40, 40)
    wait = estimate(submit(cast.owner, slow))[0]
    assert (wait.eta_s, wait.eta_p90_s) == (20, 40)


def test_only_the_last_fifty_runs_count(cast, slow, node):
    finish_runs(cast.other, slow, node, 100)
    copy = Attempt.objects.get()
    for number in range(2, 60):
        copy.pk, copy.number, copy.prompt_id = None, number, Attempt().prompt_id
        copy.gpu_seconds = 100 if number < 10 else 20
        copy.save()
    wait = estimate(submit(cast.owner, slow))[0]
    assert (wait.eta_s, wait.eta_p90_s) == (20, 20)


def test_a_running_job_has_what_is_left_of_the_typical_time(cast, slow, node):
    finish_runs(cast.other, slow, node, 100, 100)
    job = submit(cast.owner, slow)
    claim = rows.claim(job, node)
    enter_stage(claim, Stage.RUNNING)
    Attempt.objects.filter(job=job).update(warm=False)
    assert estimate(job) == [Wait(None, 105, "The node is warming up for this preset.", 105)]
    report_progress(claim, percent=75, stage_title="Work", step=1, steps=2)
    assert estimate(job) == [Wait(None, 25, "", 25)]


def begun(job, claim, *, seconds_ago, percent, reported_s):
    """Makes the job have begun on its node `seconds_ago`, and report `percent` after `reported_s` of them."""
    enter_stage(claim, Stage.RUNNING)
    report_progress(claim, percent=percent, stage_title="Work", step=1, steps=2)
    started = timezone.now() - timedelta(seconds=seconds_ago)
    Attempt.objects.filter(job=job).update(execution_started_at=started)
    JobProgress.objects.filter(job=job).update(updated_at=started + timedelta(seconds=reported_s))


def test_a_running_job_counts_down_between_two_reports(cast, slow, node):
    finish_runs(cast.other, slow, node, 40, 40)
    job = submit(cast.owner, slow)
    claim = rows.claim(job, node)
    begun(job, claim, seconds_ago=20, percent=50, reported_s=20)
    assert estimate(job)[0].eta_s == 20
    begun(job, claim, seconds_ago=30, percent=50, reported_s=20)
    assert estimate(job)[0].eta_s == 10


def test_a_job_slower_than_all_before_is_estimated_by_its_own_pace(cast, slow, node):
    finish_runs(cast.other, slow, node, 5, 5)
    job = submit(cast.owner, slow)
    begun(job, rows.claim(job, node), seconds_ago=60, percent=50, reported_s=60)
    assert estimate(job)[0].eta_s == 60


def test_a_job_past_its_estimate_shows_no_time(cast, slow, node):
    finish_runs(cast.other, slow, node, 5, 5)
    job = submit(cast.owner, slow)
    begun(job, rows.claim(job, node), seconds_ago=60, percent=50, reported_s=4)
    assert estimate(job) == [Wait(None, None, "")]


def test_saving_that_takes_longer_than_ever_shows_no_time(cast, slow, node):
    finish_runs(cast.other, slow, node, 10, 10)
    Attempt.objects.update(ended_at=F("node_done_at") + timedelta(seconds=20))
    job = submit(cast.owner, slow)
    free_slot(rows.claim(job, node), gpu_seconds=10)
    assert estimate(job)[0].eta_s == 20
    Attempt.objects.filter(job=job).update(node_done_at=timezone.now() - timedelta(seconds=21))
    assert estimate(job)[0].eta_s is None


def test_a_first_run_is_estimated_by_its_own_pace(cast, slow, node):
    job = submit(cast.owner, slow)
    begun(job, rows.claim(job, node), seconds_ago=30, percent=75, reported_s=30)
    assert estimate(job)[0].eta_s == 10


def test_a_larger_photo_takes_longer(cast, slow, node):
    finish_runs(cast.other, slow, node, 10, 10, pixels=2_000_000)
    finish_runs(cast.other, slow, node, 50, 50, pixels=10_000_000)
    Attempt.objects.filter(gpu_seconds=10).update(pixels=2_000_000)
    job = submit(cast.owner, slow)
    Job.objects.filter(pk=job.pk).update(pixels=24_000_000)
    assert etas(job) == [(1, 120)]
    Attempt.objects.filter(gpu_seconds=10).update(pixels=0)
    assert etas(job) == [(1, 120)]


def test_larger_photos_ahead_take_longer_too(cast, slow, node):
    finish_runs(cast.other, slow, node, 10, 10, pixels=2_000_000)
    finish_runs(cast.other, slow, node, 50, 50, pixels=10_000_000)
    Attempt.objects.filter(gpu_seconds=10).update(pixels=2_000_000)
    first, second = submit(cast.owner, slow, 2)
    Job.objects.filter(pk=first.pk).update(pixels=8_000_000)
    Job.objects.filter(pk=second.pk).update(pixels=2_000_000)
    assert etas(first, second) == [(1, 40), (2, 50)]


def test_a_job_on_a_node_that_gets_no_more_is_estimated_all_the_same(cast, slow, node):
    finish_runs(cast.other, slow, node, 30, 30)
    job = submit(cast.owner, slow)
    enter_stage(rows.claim(job, node), Stage.RUNNING)
    Node.objects.update(state="draining")
    assert estimate(job)[0].eta_s == 30


def test_without_an_able_node_it_says_so_and_names_no_time(cast, slow, node):
    finish_runs(cast.other, slow, node, 10, 10)
    job = submit(cast.owner, slow)
    Node.objects.update(classes=[])
    assert estimate(job) == [Wait(1, None, "No node can run this yet.")]


def test_at_the_owners_limit_it_says_so(cast, slow, node):
    job = rows.submit_one(cast.owner, slow)
    UserQueue.objects.update(limit=0)
    assert estimate(job)[0].why == "Your other pictures are being made first."


def test_while_backing_off_it_says_so_and_adds_the_pause(cast, slow, node):
    finish_runs(cast.other, slow, node, 10, 10)
    job = submit(cast.owner, slow)
    requeue_job(rows.claim(job, node), outcome="lost", wait_s=35)
    assert estimate(job) == [Wait(1, 45, "A node failed. Trying again in a moment.", 45)]


def test_final_jobs_wait_for_nothing(cast, slow, node):
    job = rows.submit_one(cast.owner, slow)
    finish_job(rows.claim(job, node), [])
    assert estimate(job) == [None]


def test_more_jobs_more_presets_and_a_longer_queue_cost_no_more_statements(cast, slow, node):
    second = rows.slow_preset("second")
    finish_runs(cast.other, slow, node, 10, 10)
    jobs = submit(cast.owner, slow, 5) + submit(cast.owner, second, 5)
    estimate(*jobs)  # fills the per-process cache of what presets need
    counts = []
    for some in (jobs[:1], jobs):
        with CaptureQueriesContext(connection) as queries:
            estimate(*some)
        counts.append(len(queries))
    for _ in range(2):
        fill(jobs[-1], 600)
        with CaptureQueriesContext(connection) as queries:
            estimate(*jobs)
        counts.append(len(queries))
    longer = counts[0] + 1  # only of a short queue every job is read at once
    assert counts == [counts[0], counts[0], longer, longer]


def test_a_queue_that_is_read_whole_gives_the_same_places(cast, slow, node):
    for owner, count in ((cast.owner, 3), (cast.other, 4), (cast.owner, 2)):
        submit(owner, slow, count)
    rows.let_caches_expire()
    jobs, crowd = list(Job.objects.all()), read_crowd()
    assert crowd.own_lines(jobs)
    assert find_places(jobs, crowd) == find_places(jobs, replace(crowd, ids=()))
    assert crowd.own_lines([submit(cast.owner, slow)]) is None, "what came since is looked for"


def test_behind_more_than_is_read_the_place_is_the_end_of_the_owners_line(cast, slow, node):
    template = submit(cast.owner, slow)
    fill(template, 1200)
    last = submit(cast.owner, slow)
    Job.objects.filter(pk=last.pk).update(rank_at=timezone.now())
    assert estimate(template, last)[0].position == 1
    assert estimate(last)[0].position == 1202


def test_a_node_that_tells_nothing_of_its_other_clients_hides_no_time_that_others_tell(cast, slow, node):
    finish_runs(cast.other, slow, node, 10, 10)
    shared = rows.make_node("shared")
    Node.objects.filter(pk=shared.pk).update(foreign_prompts=3, foreign_seconds=None)
    few, many = submit(cast.owner, slow), submit(cast.owner, slow, 60)[-1]
    assert (estimate(few)[0].eta_s, estimate(many)[0].eta_s) == (10, 600)
    Node.objects.filter(pk=node.pk).update(foreign_prompts=3, foreign_seconds=None)
    assert [wait.eta_s for wait in estimate(few, many)] == [None, None]


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.1, 1), (7.4, 7), (12, 10), (58, 60), (68, 75), (610, 600), (1000, 1020)]
)
def test_long_times_are_said_in_coarse_steps(seconds, said):
    assert rounded(seconds) == said
