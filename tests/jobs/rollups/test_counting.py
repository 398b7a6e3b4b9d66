"""Ended jobs are counted by hour: each once, whatever is repeated, late, deleted or counted anew."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command

from creator.lib.clock import read_database_now
from jobs import tasks
from jobs.enums import UNFINISHED
from jobs.lifecycle import finish_failed
from jobs.models import Attempt, HourRollup, Job, RollupMark
from jobs.rollups import count_ended, old_rollups, percentile_wait, read_hours, rebuild
from jobs.rollups.counting import hour_of
from tests.jobs.lifecycle import rows

HOUR = timedelta(hours=1)


@pytest.fixture
def ended(cast):
    """Makes a job that ended at a moment, after it waited and ran on a node for some seconds."""
    offered = rows.slow_preset()
    node = rows.make_node("studio")

    def make(at, status="completed", *, wait_s=3.0, node_s=2.0) -> Job:
        job = rows.put_into(rows.submit_one(cast.owner, offered), status)
        Job.objects.filter(pk=job.pk).update(
            finished_at=at, created_at=at - timedelta(seconds=wait_s + node_s)
        )
        if node_s:
            Job.objects.filter(pk=job.pk).update(started_at=at - timedelta(seconds=node_s))
            Attempt.objects.create(
                job=job, number=1, node=node, slot=0, gpu_seconds=node_s, ended_at=at, node_done_at=at
            )
        return job

    return make


@pytest.fixture
def noon():
    """Three hours before the present hour."""
    return hour_of(read_database_now()) - 3 * HOUR


def only_row() -> HourRollup:
    return HourRollup.objects.get()


def test_an_ended_job_is_counted_once(cast, ended, noon):
    job = ended(noon + timedelta(minutes=5))
    assert (count_ended(), count_ended()) == (1, 0)
    row = only_row()
    assert (row.hour, row.preset, row.status, row.reason, row.node) == (
        noon,
        "slow",
        "completed",
        "",
        "studio",
    )
    assert row.plan == cast.owner.credit_account.plan_id
    assert (row.jobs, row.credits, row.node_s) == (1, job.price, 2.0)
    assert row.waits == [0, 1, 0, 0, 0, 0, 0, 0]


def test_like_jobs_are_added_to_the_row_of_their_hour(ended, noon):
    ended(noon)
    count_ended()
    RollupMark.objects.update(until=noon + timedelta(minutes=1))
    ended(noon + timedelta(minutes=30), wait_s=0.5)
    ended(noon + HOUR)
    assert count_ended() == 2
    assert list(HourRollup.objects.order_by("hour").values_list("hour", "jobs", "node_s")) == [
        (noon, 2, 4.0),
        (noon + HOUR, 1, 2.0),
    ]
    assert HourRollup.objects.order_by("hour")[0].waits == [1, 1, 0, 0, 0, 0, 0, 0]


def test_reasons_are_apart_and_only_what_was_charged_is_summed(ended, noon):
    ended(noon, "failed")
    ended(noon, "cancelled", node_s=0)
    count_ended()
    rows_by_status = {row.status: row for row in HourRollup.objects.all()}
    assert rows_by_status["failed"].reason == "node_error"
    assert {row.credits for row in rows_by_status.values()} == {0}
    assert rows_by_status["cancelled"].node == ""
    assert sum(rows_by_status["cancelled"].waits) == 0


@pytest.mark.django_db(transaction=True)  # finishing commits
def test_a_failed_job_that_staff_finish_stays_counted_as_failed(ended, noon):
    job = ended(noon, "failed")
    job.attempts.update(outcome="failed")
    count_ended()
    Job.objects.filter(pk=job.pk).update(error_code=UNFINISHED[0])
    job.refresh_from_db()
    assert finish_failed(job, [])
    Job.objects.filter(pk=job.pk).update(finished_at=noon + timedelta(minutes=70))
    RollupMark.objects.update(until=noon + HOUR)
    assert count_ended() == 0
    assert (only_row().status, only_row().credits) == ("failed", 0)


def test_what_ended_just_now_is_left_for_later(ended):
    now = read_database_now()
    ended(now)
    RollupMark.objects.create(pk=1, until=now - HOUR)
    assert count_ended() == 0
    assert RollupMark.objects.get().until < now


def test_open_jobs_are_not_counted(cast):
    rows.submit_one(cast.owner, rows.slow_preset())
    assert count_ended() == 0


def test_a_deleted_job_stays_counted_until_its_hour_is_counted_anew(ended, noon):
    gone, kept = ended(noon), ended(noon + timedelta(minutes=1))
    count_ended()
    gone.attempts.all().delete()
    Job.objects.filter(pk=gone.pk).delete()
    count_ended()
    assert only_row().jobs == 2
    assert rebuild(noon, noon + HOUR) == 1
    assert (only_row().jobs, only_row().credits) == (1, kept.price)


def test_counting_anew_leaves_other_hours_and_what_is_not_counted_yet(ended, noon):
    for each in (noon, noon + HOUR):
        ended(each)
    count_ended()
    HourRollup.objects.update(jobs=7)
    rebuild(noon, noon + HOUR)
    assert list(HourRollup.objects.order_by("hour").values_list("jobs", flat=True)) == [1, 7]
    with pytest.raises(ValueError, match="counted already"):
        rebuild(noon, hour_of(read_database_now()) + HOUR)
    with pytest.raises(ValueError, match="whole hours"):
        rebuild(noon + timedelta(minutes=1), noon + HOUR)


def test_the_command_counts_and_counts_anew(ended, noon, capsys):
    ended(noon)
    call_command("rollups")
    assert "1 jobs counted." in capsys.readouterr().out
    call_command("rollups", "rebuild", start=noon, end=noon + HOUR)
    assert "1 jobs counted." in capsys.readouterr().out
    for wrong in ({"start": noon}, {"start": noon + HOUR, "end": noon}):
        with pytest.raises(CommandError):
            call_command("rollups", "rebuild", **wrong)


def test_the_periodic_task_counts(ended, noon):
    ended(noon)
    assert tasks.count_ended()
    assert only_row().jobs == 1


@pytest.mark.django_db
def test_rows_older_than_400_days_are_pruned():
    for days in (399, 401):
        HourRollup.objects.create(hour=read_database_now() - timedelta(days=days), waits=[])
    assert old_rollups().count() == 1


def test_hours_are_read_with_one_query_and_without_gaps(cast, ended, noon, django_assert_num_queries):
    for at, status in ((noon, "completed"), (noon + HOUR, "failed"), (noon + HOUR, "completed")):
        ended(at, status)
    count_ended()
    with django_assert_num_queries(1):
        hours = read_hours(noon + 2 * HOUR, 4)
    assert [hour.start for hour in hours] == [noon + each * HOUR for each in (-1, 0, 1, 2)]
    assert [(hour.completed, hour.failed) for hour in hours] == [(0, 0), (1, 0), (1, 1), (0, 0)]
    assert hours[2].reasons == {"node_error": 1}
    assert hours[2].waits == {cast.owner.credit_account.plan_id: [0, 2, 0, 0, 0, 0, 0, 0]}


@pytest.mark.parametrize(
    ("waits", "seconds"),
    [
        ([0] * 8, None),
        ([10, 0, 0, 0, 0, 0, 0, 0], 0.95),
        ([0, 100, 0, 0, 0, 0, 0, 0], 4.8),
        ([95, 5, 0, 0, 0, 0, 0, 0], 1.0),
        ([0, 0, 0, 0, 0, 0, 0, 3], 3600.0),
    ],
)
def test_a_percentile_lies_in_the_class_that_reaches_it(waits, seconds):
    assert percentile_wait(waits) == pytest.approx(seconds) if seconds else percentile_wait(waits) is None


def test_an_hour_begins_in_utc():
    assert hour_of(datetime(2027, 3, 1, 9, 59, 59, tzinfo=UTC)) == datetime(2027, 3, 1, 9, tzinfo=UTC)
