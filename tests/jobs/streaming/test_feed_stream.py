"""The feed as a stream: every event once and in order, whatever happens to wake-ups and connections."""

import asyncio
import json
import threading
from contextlib import aclosing

import pytest
from channels.db import database_sync_to_async

from accounts.api_keys import revoke_api_key
from accounts.models import ApiKey
from jobs.feed import newest_id, read_feed
from jobs.lifecycle import cancel_job, finish_job, report_progress
from jobs.streaming import feed_events, polling
from jobs.streaming import watch as watch_module
from jobs.streaming.feed_events import NEWEST, FeedEvents
from jobs.streaming.principals import PRINCIPALS
from jobs.streaming.sse import events_response, stream_events
from tests.jobs.lifecycle import rows

in_thread = database_sync_to_async
Event = tuple[int, str, dict]


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    monkeypatch.setattr(feed_events, "FEED_PAUSE_S", 0.0)


@pytest.fixture
def deaf(monkeypatch):
    """Lose every wake-up; the poll looks often."""
    monkeypatch.setattr(polling, "POLL_EVERY_S", 0.02)
    monkeypatch.setattr("creator.lib.wakeups.in_process.EmbeddedChannelLayer.wake", lambda *_: None)


@pytest.fixture
def mine(world):
    """The feed of the owner, from its beginning."""
    return FeedEvents(world.cast.owner.pk, 0)


def parse(event: bytes) -> Event:
    fields = dict(line.split(": ", 1) for line in event.decode().strip().split("\n"))
    return int(fields["id"]), fields["event"], json.loads(fields["data"])


async def take(stream, count: int) -> list[Event]:
    """The next events; leaves out heartbeats and the line with the time to reconnect."""
    told: list[Event] = []
    while len(told) < count:
        event = await anext(stream)
        if not event.startswith(b"retry: ") and parse(event)[1] != "heartbeat":
            told.append(parse(event))
    return told


def types_of(events) -> list[str]:
    return [kind for _, kind, _ in events]


async def test_what_happens_is_told_as_it_is_read_by_pages(world, mine, principal):
    async with aclosing(stream_events(mine, principal=principal)) as stream:
        told = await take(stream, 1)
        await in_thread(cancel_job)(job=world.mine)
        told += await take(stream, 2)
    assert types_of(told) == ["job.queued", "job.cancelled", "batch.completed"]
    page = await in_thread(read_feed)(mine.owner_id, 0, limit=10)
    assert [number for number, *_ in told] == [event.id for event in page.events]
    assert all(data["id"] == number and data["type"] == kind for number, kind, data in told)
    assert told[1][2]["data"]["job_id"] == str(world.mine.id)


async def test_the_first_heartbeat_has_the_id_to_resume_after(world, mine, principal, monkeypatch):
    newest = await in_thread(newest_id)(mine.owner_id)
    monkeypatch.setattr(watch_module, "HEARTBEAT_S", 0.05)
    feed = FeedEvents(mine.owner_id, newest)
    async with aclosing(stream_events(feed, principal=principal)) as stream:
        assert (await anext(stream)).startswith(b"retry: ")
        beats = [parse(await anext(stream))[:2] for _ in range(3)]
    assert beats == [(newest, "heartbeat")] * 3


async def test_readers_who_are_cut_off_and_hear_no_wake_up_miss_nothing(world, mine, principal, deaf):
    done = threading.Event()

    def work() -> None:
        try:
            for _ in range(12):
                for job in rows.submit(world.cast.owner, world.slow, variations=2):
                    cancel_job(job=job)
        finally:
            done.set()

    writing = asyncio.create_task(in_thread(work)())
    told: list[Event] = []
    expected = 1 + 12 * (2 + 2 + 1)
    while len(told) < expected:
        after = told[-1][0] if told else 0
        stream = stream_events(FeedEvents(mine.owner_id, after), principal=principal)
        async with asyncio.timeout(60), aclosing(stream):
            told += await take(stream, min(3, expected - len(told)))
    await writing
    page = await in_thread(read_feed)(mine.owner_id, 0, limit=1000)
    assert [(number, kind) for number, kind, _ in told] == [(each.id, each.type) for each in page.events]


async def test_progress_wakes_no_feed(world, mine, principal, monkeypatch):
    """It comes four times a second for each running job, and adds nothing to the feed."""
    looks = []
    read = FeedEvents.read
    monkeypatch.setattr(FeedEvents, "read", lambda *arguments: looks.append(1) or read(*arguments))
    held = await in_thread(rows.claim)(world.mine, world.node)
    async with aclosing(stream_events(mine, principal=principal)) as stream:
        await take(stream, 2)
        for percent in range(5):
            values = {"stage_title": "Work", "step": 1, "steps": 2}
            await in_thread(report_progress)(held, percent=percent, **values)
        assert len(looks) == 1
        await in_thread(finish_job)(held, [])
        assert types_of(await take(stream, 2)) == ["job.completed", "batch.completed"]
    assert len(looks) == 2


async def test_a_filter_leaves_out_other_types(world, mine, principal):
    only = FeedEvents(mine.owner_id, 0, frozenset({"batch.completed"}))
    async with aclosing(stream_events(only, principal=principal)) as stream:
        await in_thread(cancel_job)(job=world.mine)
        assert types_of(await take(stream, 1)) == ["batch.completed"]


async def test_a_batch_is_told_until_its_last_job(world, principal, mine):
    jobs = await in_thread(rows.submit)(world.cast.owner, world.slow, variations=2)
    batch = await in_thread(lambda: jobs[0].batch)()
    feed = FeedEvents(mine.owner_id, 0, batch=batch)
    stream = stream_events(feed, principal=principal)
    told = await take(stream, 2)
    await in_thread(cancel_job)(job=world.mine)
    for job in jobs:
        await in_thread(cancel_job)(job=job)
    told += [parse(event) async for event in stream if b"heartbeat" not in event]
    assert types_of(told) == ["job.queued"] * 2 + ["job.cancelled"] * 2 + ["batch.completed"]
    assert {data["data"]["batch_id"] for *_, data in told} == {str(batch.id)}
    resumed = [FeedEvents(mine.owner_id, after, batch=batch) for after in (0, told[-2][0], told[-1][0])]
    answers = [await events_response(each, principal=principal) for each in resumed]
    assert [answer.status_code for answer in answers] == [200, 200, 204]


@pytest.mark.parametrize("way", ["wake-up", "poll"])
async def test_a_stream_ends_when_its_key_is_revoked(world, mine, principal, monkeypatch, way, request):
    if way == "poll":
        request.getfixturevalue("deaf")
    else:
        monkeypatch.setattr(polling, "POLL_EVERY_S", 600)
    stream = stream_events(mine, principal=principal)
    await take(stream, 1)
    await in_thread(lambda: revoke_api_key(key=ApiKey.objects.get()))()
    assert [event async for event in stream] == []


async def test_a_stream_that_is_left_leaves_nothing_behind(world, mine, principal):
    stream = stream_events(mine, principal=principal)
    await take(stream, 1)
    assert (len(NEWEST.watchers()), len(PRINCIPALS.watchers())) == (1, 1)
    await stream.aclose()
    assert (NEWEST.watchers(), PRINCIPALS.watchers()) == (set(), set())


async def test_idle_streams_share_one_query(world, mine, principal, monkeypatch):
    monkeypatch.setattr(polling, "POLL_EVERY_S", 0.02)
    rounds, looks = [], []
    ask, read = NEWEST.ask, FeedEvents.read

    def counted(owners):
        rounds.append(len(owners))
        return ask(owners)

    monkeypatch.setattr(NEWEST, "ask", counted)
    monkeypatch.setattr(FeedEvents, "read", lambda *arguments: looks.append(1) or read(*arguments))
    streams = [stream_events(mine, principal=principal) for _ in range(20)]
    for stream in streams:
        await take(stream, 1)
    waiting = [asyncio.create_task(anext(stream)) for stream in streams]
    for _ in range(2):  # in the first rounds, the poll learns what each of them has
        rounds.clear()
        looks.clear()
        while len(rounds) < 5:
            await asyncio.sleep(0.02)
    assert (set(rounds), looks) == ({1}, [])
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    for stream in streams:
        await stream.aclose()
