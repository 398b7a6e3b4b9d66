import json
import re

import pytest
from channels.db import database_sync_to_async

from jobs.enums import FailureCode, Outcome, Stage
from jobs.lifecycle import Cause, cancel_job, enter_stage, fail_job, finish_job, report_progress, requeue_job
from jobs.models import Job, JobEvent
from jobs.streaming import polling, sockets
from jobs.streaming import watch as watch_module
from tests.jobs.lifecycle import rows

in_thread = database_sync_to_async


@pytest.fixture
def address(world):
    return f"/ws/jobs/{world.mine.id}"


def numbers(messages):
    return [message["sequence"] for message in messages]


async def claim(world):
    return await in_thread(rows.claim)(world.mine, world.node)


async def test_the_snapshot_comes_first_then_every_state_then_the_end(world, watch, address):
    watcher = await watch(address, world.cast.owner)
    first = await watcher.message()
    assert (first["type"], first["status"], first["job_id"]) == ("snapshot", "queued", str(world.mine.id))
    held = await claim(world)
    staged = await watcher.until("processing")
    await in_thread(enter_stage)(held, Stage.RUNNING)
    await in_thread(report_progress)(held, percent=40, stage_title="Waiting", step=1, steps=2)
    await in_thread(finish_job)(held, [])
    rest, code = await watcher.messages_until_close()
    assert code == 1000
    assert numbers([first, *staged, *rest]) == sorted(set(numbers([first, *staged, *rest])))
    events = await in_thread(
        lambda: set(JobEvent.objects.values_list("sequence", flat=True).filter(job=world.mine))
    )()
    assert events <= set(numbers([first, *staged, *rest]))
    assert (rest[-1]["status"], rest[-1]["terminal"], rest[-1]["percent"]) == ("completed", True, 100)
    assert [message["terminal"] for message in rest[:-1]] == [False] * (len(rest) - 1)


@pytest.mark.parametrize("end", ["finish", "fail", "cancel"])
async def test_a_final_job_sends_its_snapshot_and_closes(world, watch, address, end):
    held = await claim(world)
    await in_thread(
        {
            "finish": lambda: finish_job(held, []),
            "fail": lambda: fail_job(held, FailureCode.TIMEOUT, cause=Cause(detail="/secret")),
            "cancel": lambda: (cancel_job(job=world.mine), requeue_job(held, outcome=Outcome.LOST)),
        }[end]
    )()
    messages, code = await (await watch(address, world.cast.owner)).messages_until_close()
    assert ([message["type"] for message in messages], code) == (["snapshot"], 1000)
    assert (messages[0]["error"] or {}).get("code") == ("timeout" if end == "fail" else None)
    assert "/secret" not in json.dumps(messages)


async def test_resuming_brings_every_state_after_the_number_and_the_present(world, watch, address):
    held = await claim(world)
    await in_thread(enter_stage)(held, Stage.RUNNING)
    await in_thread(report_progress)(held, percent=40, stage_title="Waiting", step=1, steps=2)
    await in_thread(finish_job)(held, [])
    for after, expected in ((0, [1, 2, 3, 5]), (1, [2, 3, 5]), (3, [5]), (4, [5])):
        messages, code = await (
            await watch(f"{address}?after={after}", world.cast.owner)
        ).messages_until_close()
        assert (numbers(messages), {m["type"] for m in messages}, code) == (expected, {"update"}, 1000)


@pytest.mark.parametrize("after", ["5", "6", "99999999999999999999999"])
async def test_resuming_where_nothing_is_new_still_ends_with_the_job(world, watch, address, after):
    held = await claim(world)
    await in_thread(finish_job)(held, [])
    messages, code = await (await watch(f"{address}?after={after}", world.cast.owner)).messages_until_close()
    assert ([m["type"] for m in messages], messages[-1]["terminal"], code) == (["snapshot"], True, 1000)


@pytest.mark.parametrize(
    "query", ["after=-1", "after=x", "after=\u00b2", "other=1", "after=" + "1" * 5000, "after="]
)
async def test_nonsense_to_resume_after_is_a_fresh_start(world, watch, address, query):
    assert (await (await watch(f"{address}?{query}", world.cast.owner)).message())["type"] == "snapshot"


async def test_a_cancel_that_was_asked_for_is_shown_before_it_is_done(world, watch, address):
    await claim(world)
    watcher = await watch(address, world.cast.owner)
    assert (await watcher.message())["cancelling"] is False
    await in_thread(cancel_job)(job=world.mine)
    assert (await watcher.message())["cancelling"] is True


async def test_lost_wake_ups_cost_seconds_and_no_state(world, watch, address, monkeypatch):
    monkeypatch.setattr(polling, "POLL_EVERY_S", 0.02)
    monkeypatch.setattr("creator.lib.wakeups.in_process.EmbeddedChannelLayer.wake", lambda *_: None)
    watcher = await watch(address, world.cast.owner)
    await watcher.message()
    held = await claim(world)
    await in_thread(finish_job)(held, [])
    messages, code = await watcher.messages_until_close()
    assert (numbers(messages)[-1], messages[-1]["status"], code) == (3, "completed", 1000)


async def test_a_quiet_socket_beats(world, watch, address, monkeypatch):
    monkeypatch.setattr(polling, "POLL_EVERY_S", 0.02)
    monkeypatch.setattr(watch_module, "HEARTBEAT_S", 0.05)
    watcher = await watch(address, world.cast.owner)
    messages = [await watcher.message() for _ in range(3)]
    assert [message["type"] for message in messages] == ["snapshot", "heartbeat", "heartbeat"]
    assert numbers(messages) == [1, 1, 1]


async def test_a_job_that_vanishes_closes_its_sockets_with_a_code_to_come_back_on(
    world, watch, address, monkeypatch
):
    monkeypatch.setattr(polling, "POLL_EVERY_S", 0.02)
    watcher = await watch(address, world.cast.owner)
    await watcher.message()
    await in_thread(Job.objects.filter(pk=world.mine.pk).delete)()
    messages, code = await watcher.messages_until_close()
    assert (messages, code) == ([], sockets.CLOSED_BY_FAULT)


async def test_the_page_gets_the_parts_that_it_is_made_of(world, watch, address):
    watcher = await watch(address + "/html", world.cast.owner)
    queued = await watcher.text()
    held = await claim(world)
    staged = await watcher.text()
    await in_thread(finish_job)(held, [])
    shown = [staged]
    while (sent := await watcher.receive())["type"] == "websocket.send":
        shown.append(sent["text"])
    assert sent["code"] == 1000
    said = [re.search(r'id="live-hud"\s+data-say="(\w+)', html).group(1) for html in (queued, shown[-1])]
    assert said == ["Queued", "Done"]
