"""Cuts readers' connections while events are written: a small version of what `make bench` measures."""

import asyncio
import random

import pytest
from channels.db import database_sync_to_async

from benchmarks.streaming import Door, Story, Verdict, follow, judge
from jobs.enums import Outcome, Stage
from jobs.lifecycle import enter_stage, finish_job, report_progress, requeue_job
from jobs.models import Job, JobEvent
from jobs.streaming.database import in_database
from tests.jobs.lifecycle import rows
from tests.jobs.streaming.conftest import session_cookie
from tests.jobs.streaming.serving import served

READERS, CUTS, ROUNDS = 8, 5, 25


def live(job, node) -> None:
    """Write about a hundred events with progress in between, as fast as the database allows, then finish the job."""
    for number in range(ROUNDS):
        Job.objects.filter(pk=job.pk).update(not_before=None, faults=0)
        held = rows.claim(job, node)
        for stage in (Stage.RUNNING, Stage.SAVING):
            enter_stage(held, stage)
            report_progress(held, percent=number, stage_title="Waiting", step=1, steps=2)
        if number < ROUNDS - 1:
            requeue_job(held, outcome=Outcome.LOST)
    finish_job(held, [])


def states(job):
    found = JobEvent.objects.filter(job=job).values_list("sequence", "status", "stage")
    return {number: (status, stage) for number, status, stage in found}


async def test_readers_who_are_cut_miss_nothing_and_hear_nothing_twice(world, settings):
    settings.ALLOWED_HOSTS = ["127.0.0.1"]
    cookie = await database_sync_to_async(session_cookie)(world.cast.owner)
    with served() as url:
        chances = [random.Random(f"7.{number}") for number in range(READERS)]
        door, job_id = Door(url, cookie), str(world.mine.id)
        readers = asyncio.gather(*(follow(door, job_id, cuts=CUTS, chance=each) for each in chances))
        await in_database(live)(world.mine, world.node)
        stories = await readers
    told = await database_sync_to_async(states)(world.mine)
    assert (len(told), [story.cuts for story in stories]) == (4 * ROUNDS + 1, [CUTS] * READERS)
    assert judge(stories, told) == Verdict(missing=0, disorder=0, twice=0)


@pytest.mark.parametrize(
    ("numbers", "verdict"),
    [
        ([1, 2, 3, 4], Verdict(0, 0, 0)),
        ([1, 2, 4], Verdict(1, 0, 0)),
        ([1, 3, 2, 4], Verdict(0, 1, 0)),
        ([1, 2, 2, 3, 4], Verdict(0, 0, 1)),
        ([3, 4], Verdict(0, 0, 0)),
    ],
)
def test_the_judge_sees_each_fault(numbers, verdict):
    story = Story([("update", number, "processing", "running") for number in numbers])
    assert judge([story], dict.fromkeys(range(1, 5), ("processing", "running"))) == verdict
