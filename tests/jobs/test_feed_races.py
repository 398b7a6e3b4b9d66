"""Readers of the feed beside concurrent writers, each of whose commits is delayed: no event is missed.

A twin reads the same events by their serial ids, and misses some.
"""

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from django.db import connection

from billing.models import Plan
from jobs.feed import read_feed
from jobs.lifecycle import cancel_job, enqueue, transitions
from jobs.models import JobEvent
from tests.billing.credits import leave_credits
from tests.jobs.lifecycle import rows

pytestmark = pytest.mark.django_db(transaction=True)
WRITERS = 4  # of each person
EACH = 20 if connection.vendor == "postgresql" else 3
JOBS = 4
LONGEST_DELAY_S = 0.01


@pytest.fixture
def late_commits(monkeypatch):
    """Hold each transaction open for a random while after it stored its event."""
    chance, wake = random.Random(7), transitions.wake_after_commit

    def late(*arguments, **named):
        time.sleep(chance.uniform(0, LONGEST_DELAY_S))
        wake(*arguments, **named)

    for module in (transitions, enqueue):
        monkeypatch.setattr(module, "wake_after_commit", late)


@pytest.fixture
def people(cast):
    Plan.objects.update(submits_per_hour=100_000, queued_jobs=1000)
    people = [cast.owner, cast.other, cast.stranger]
    for person in people:
        leave_credits(person.pk, 10_000)
    return people


def write(person, offered) -> None:
    for _ in range(EACH):
        for job in rows.submit(person, offered, variations=JOBS):
            cancel_job(job=job)


def tail_feed(person, written: threading.Event) -> list[int]:
    told, after = [], 0
    while True:
        is_last = written.is_set()
        page = read_feed(person.pk, after, limit=50)
        told += [event.id for event in page.events]
        after = page.after
        if is_last and not page.has_more:
            return told


def tail_serial_ids(written: threading.Event) -> list[int]:
    told: list[int] = []
    while True:
        is_last = written.is_set()
        told += (
            JobEvent.objects.filter(pk__gt=told[-1] if told else 0)
            .order_by("pk")
            .values_list("pk", flat=True)
        )
        if is_last:
            return told


def race(people, offered) -> SimpleNamespace:
    written = threading.Event()

    def closing(call, *arguments):
        try:
            return call(*arguments)
        finally:
            connection.close()

    with ThreadPoolExecutor((WRITERS + 1) * len(people) + 1) as pool:
        readers = {person: pool.submit(closing, tail_feed, person, written) for person in people}
        twin = pool.submit(closing, tail_serial_ids, written)
        writers = [pool.submit(closing, write, person, offered) for person in people for _ in range(WRITERS)]
        try:
            for writer in writers:
                writer.result(300)
        finally:
            written.set()
        told = {person: reader.result(60) for person, reader in readers.items()}
        return SimpleNamespace(told=told, twin=twin.result(60))


def test_no_event_is_missed_beside_late_commits(people, late_commits):
    raced = race(people, rows.slow_preset())
    for person, ids in raced.told.items():
        mine = JobEvent.objects.filter(owner_id=person.pk).order_by("feed_number")
        numbers = list(mine.values_list("feed_number", flat=True))
        assert numbers == list(range(1, WRITERS * EACH * JOBS * 2 + 1))
        ends = set(mine.filter(ends_batch=True).values_list("feed_number", flat=True))
        assert len(ends) == WRITERS * EACH
        assert ids == sorted([2 * number for number in numbers] + [2 * number + 1 for number in ends])
    missed = set(JobEvent.objects.values_list("pk", flat=True)) - set(raced.twin)
    if connection.vendor == "postgresql":  # SQLite has one writer at a time
        assert missed
