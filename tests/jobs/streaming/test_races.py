"""Readers beside concurrent writers of one job's events: each reader gets every event once and in order."""

import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

from django.db import connection, transaction

from jobs.enums import JobStatus
from jobs.lifecycle.transitions import next_sequence, record_event
from jobs.models import JobEvent
from jobs.streaming.messages import news_after

WRITERS, READERS, EACH = 4, 4, 30


def write(job) -> None:
    """Write events with progress updates between them, each in its own transaction, as transitions do."""
    for _ in range(EACH):
        with transaction.atomic():
            record_event(job.id, job.owner_id, status=JobStatus.QUEUED)
        with transaction.atomic():
            next_sequence(job.id)


def read(job, begin: threading.Barrier, written: threading.Event) -> list[int]:
    told, number = [], 1
    begin.wait(30)
    while True:
        is_last = written.is_set()
        for message in news_after(job.id, number):
            number = message["sequence"]
            told.append(number)
        if is_last:
            return told


def race(job) -> SimpleNamespace:
    begin, written = threading.Barrier(WRITERS + READERS), threading.Event()

    def closing(call, *arguments):
        try:
            return call(*arguments)
        finally:
            connection.close()

    def write_after_the_bell() -> None:
        begin.wait(30)
        write(job)

    with ThreadPoolExecutor(WRITERS + READERS) as pool:
        readers = [pool.submit(closing, read, job, begin, written) for _ in range(READERS)]
        writers = [pool.submit(closing, write_after_the_bell) for _ in range(WRITERS)]
        for writer in writers:
            writer.result(120)
        written.set()
        return SimpleNamespace(told=[reader.result(120) for reader in readers])


def test_no_state_is_missed_beside_concurrent_writers(world):
    told = race(world.mine).told
    events = set(JobEvent.objects.filter(job=world.mine, sequence__gt=1).values_list("sequence", flat=True))
    assert len(events) == WRITERS * EACH
    for numbers in told:
        assert numbers == sorted(set(numbers))
        assert events - set(numbers) == set()
