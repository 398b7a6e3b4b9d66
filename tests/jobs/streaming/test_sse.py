"""A job's events over HTTP, by stream and by polling: the same messages as on the socket."""

import asyncio
import json
from contextlib import aclosing

import pytest
from channels.db import database_sync_to_async
from channels.layers import get_channel_layer

from accounts.api_keys import revoke_api_key
from accounts.models import ApiKey
from jobs.enums import Stage
from jobs.lifecycle import enter_stage, finish_job
from jobs.streaming import polling, slow_readers
from jobs.streaming import watch as watch_module
from jobs.streaming.groups import job_group
from jobs.streaming.job_events import JobEvents
from jobs.streaming.principals import PRINCIPALS
from jobs.streaming.sse import after_number, events_response, stream_events
from tests.jobs.lifecycle import rows

in_thread = database_sync_to_async


def end(world) -> None:
    held = rows.claim(world.mine, world.node)
    enter_stage(held, Stage.RUNNING)
    finish_job(held, [])


def parse(event: bytes) -> tuple[int, str, dict]:
    fields = dict(line.split(": ", 1) for line in event.decode().strip().split("\n"))
    return int(fields["id"]), fields["event"], json.loads(fields["data"])


async def read_all(stream) -> list[tuple[int, str, dict]]:
    events = [event async for event in stream]
    assert events[0].startswith(b"retry: ")
    return [parse(event) for event in events[1:]]


async def test_a_stream_tells_every_state_and_ends(world, principal):
    stream = stream_events(JobEvents(world.mine.id), principal=principal)
    assert (await anext(stream)).startswith(b"retry: ")
    assert parse(await anext(stream))[:2] == (1, "snapshot")
    await in_thread(end)(world)
    events = [parse(event) async for event in stream]
    assert [(number, kind) for number, kind, _ in events] == [(2, "update"), (3, "update"), (4, "update")]
    assert [(data["sequence"], data["terminal"]) for *_, data in events] == [
        (2, False),
        (3, False),
        (4, True),
    ]


@pytest.mark.parametrize(("after", "numbers"), [(0, [1, 2, 3, 4]), (2, [3, 4]), (3, [4])])
async def test_stream_and_poll_resume_alike(world, after, numbers, principal):
    await in_thread(end)(world)
    assert [
        number
        for number, *_ in await read_all(stream_events(JobEvents(world.mine.id, after), principal=principal))
    ] == numbers
    polled = await in_thread(JobEvents(world.mine.id, after).poll)()
    assert [message["sequence"] for message in polled["messages"]] == numbers
    assert (polled["after"], polled["terminal"]) == (4, True)


async def test_polling_begins_with_the_present_and_is_empty_where_nothing_is_new(world, principal):
    first = await in_thread(JobEvents(world.mine.id, None).poll)()
    assert [message["type"] for message in first["messages"]] == ["snapshot"]
    again = await in_thread(JobEvents(world.mine.id, first["after"]).poll)()
    assert again == {"messages": [], "after": 1, "terminal": False}


async def test_who_has_the_end_is_told_not_to_come_back(world, principal):
    await in_thread(end)(world)
    answers = [
        await events_response(JobEvents(world.mine.id, after), principal=principal) for after in (None, 3, 4)
    ]
    assert [each.status_code for each in answers] == [200, 200, 204]


@pytest.mark.parametrize(
    ("headers", "query", "number"),
    [
        ({"Last-Event-ID": "7"}, {"after": "3"}, 7),
        ({}, {"after": "3"}, 3),
        ({}, {}, None),
        ({}, {"after": "x"}, None),
    ],
)
def test_the_browsers_number_goes_first(headers, query, number):
    assert after_number(query, headers) == number


async def test_a_quiet_stream_beats_and_keeps_its_number(world, monkeypatch, principal):
    monkeypatch.setattr(watch_module, "HEARTBEAT_S", 0.05)
    async with aclosing(stream_events(JobEvents(world.mine.id), principal=principal)) as stream:
        events = [await anext(stream) for _ in range(4)][1:]
    assert [parse(event)[:2] for event in events] == [(1, "snapshot"), (1, "heartbeat"), (1, "heartbeat")]


@pytest.mark.parametrize("way", ["wake-up", "poll"])
async def test_a_stream_ends_when_its_key_is_revoked(world, principal, monkeypatch, way):
    monkeypatch.setattr(polling, "POLL_EVERY_S", 600 if way == "wake-up" else 0.02)
    if way == "poll":
        monkeypatch.setattr("creator.lib.wakeups.in_process.EmbeddedChannelLayer.wake", lambda *_: None)
    stream = stream_events(JobEvents(world.mine.id), principal=principal)
    await anext(stream)
    assert parse(await anext(stream))[1] == "snapshot"
    await in_thread(lambda: revoke_api_key(key=ApiKey.objects.get()))()
    assert [event async for event in stream] == []


async def test_a_stream_that_is_left_leaves_its_group_and_its_round(world, principal):
    stream = stream_events(JobEvents(world.mine.id), principal=principal)
    await anext(stream)
    await anext(stream)
    group, watchers = job_group(world.mine.id), watch_module.SEQUENCES.watchers()
    assert (group in get_channel_layer().groups, len(watchers), len(PRINCIPALS.watchers())) == (True, 1, 1)
    await stream.aclose()
    assert (get_channel_layer().groups, watchers, PRINCIPALS.watchers()) == ({}, set(), set())


async def test_a_reader_who_does_not_take_an_event_is_cut_off(world, monkeypatch, principal):
    monkeypatch.setattr(slow_readers, "SLOW_S", 0.05)

    async def serve() -> None:
        async with aclosing(stream_events(JobEvents(world.mine.id), principal=principal)) as stream:
            async for _event in stream:
                if not _event.startswith(b"retry"):
                    await asyncio.Event().wait()  # as if the server's send buffer were full

    with pytest.raises(asyncio.CancelledError):
        await asyncio.create_task(serve())
    assert watch_module.SEQUENCES.watchers() == set()


async def test_lost_wake_ups_cost_seconds_and_no_state(world, monkeypatch, principal):
    monkeypatch.setattr(polling, "POLL_EVERY_S", 0.02)
    monkeypatch.setattr("creator.lib.wakeups.in_process.EmbeddedChannelLayer.wake", lambda *_: None)
    stream = stream_events(JobEvents(world.mine.id), principal=principal)
    await anext(stream)
    await anext(stream)
    await in_thread(end)(world)
    assert [parse(event)[0] async for event in stream] == [2, 3, 4]
