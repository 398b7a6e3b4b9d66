"""All idle watchers share one query per poll."""

import asyncio

from channels.db import database_sync_to_async
from django.db import OperationalError

from jobs.enums import NodeState
from jobs.models import Node
from jobs.streaming import polling
from jobs.streaming.job_lists import LISTS
from jobs.streaming.places import PLACES, read_places
from jobs.streaming.polling import SharedPoll
from jobs.streaming.principals import PRINCIPALS
from jobs.streaming.watch import SEQUENCES
from tests.jobs.lifecycle import rows
from tests.jobs.streaming.sockets import PATIENCE

in_thread = database_sync_to_async


async def test_one_question_serves_many_sockets(world, watch, monkeypatch):
    monkeypatch.setattr(polling, "POLL_EVERY_S", 0.02)
    asked = []
    for each in (SEQUENCES, PRINCIPALS, PLACES, LISTS):
        monkeypatch.setattr(
            each, "ask", lambda keys, ask=each.ask: asked.append((ask.__name__, len(keys))) or ask(keys)
        )
    job = world.mine.id
    for path in (f"/ws/jobs/{job}", f"/ws/jobs/{job}/html", "/ws/me") * 5:
        await (await watch(path, world.cast.owner)).text()
    asked.clear()
    while {name for name, _ in asked} != {"read_sequences", "still_working", "read_places", "read_lists"}:
        await asyncio.sleep(0)
    assert {count for name, count in asked if name == "read_sequences"} == {1}
    assert {count for name, count in asked if name == "still_working"} == {15}


async def test_a_database_that_fails_once_is_asked_again(transactional_db, monkeypatch):
    monkeypatch.setattr(polling, "POLL_EVERY_S", 0.01)
    answers = iter([OperationalError("away"), {"key": 2}])

    def ask(keys):
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    changed = asyncio.Event()
    with SharedPoll(ask).watching("key", 1, changed.set) as seen:
        await asyncio.wait_for(changed.wait(), PATIENCE)
        assert seen.value == 2


async def test_a_round_without_watchers_rests_and_begins_again(transactional_db, monkeypatch):
    monkeypatch.setattr(polling, "POLL_EVERY_S", 0.01)
    once = SharedPoll(lambda keys: dict.fromkeys(keys, 2))
    for _ in range(2):
        changed = asyncio.Event()
        with once.watching("key", 1, changed.set):
            await asyncio.wait_for(changed.wait(), PATIENCE)
        while asyncio.get_running_loop() in once._tasks:
            await asyncio.sleep(0)


async def test_the_page_of_a_waiting_job_hears_that_it_moved_up(world, watch, monkeypatch):
    """The job's own rows do not change, so no wake-up comes; polling finds the new place."""
    monkeypatch.setattr(polling, "POLL_EVERY_S", 0.02)
    last = await in_thread(rows.submit_one)(world.cast.owner, world.slow)
    watcher = await watch(f"/ws/jobs/{last.id}/html", world.cast.owner)
    before = await watcher.text()
    places = await in_thread(read_places)([last.id])
    await in_thread(rows.claim)(world.mine, world.node)
    while (after := await watcher.text()) == before:
        pass
    assert (await in_thread(read_places)([last.id])) != places
    assert after != before


async def test_the_home_page_hears_that_a_job_moved_up(world, watch, monkeypatch):
    """The owner's rows do not change: neither a wake-up nor the poll of the lists says anything."""
    monkeypatch.setattr(polling, "POLL_EVERY_S", 0.02)
    monkeypatch.setattr(LISTS, "ask", lambda owners: dict.fromkeys(owners, ()))
    last = await in_thread(rows.submit_one)(world.cast.owner, world.slow)
    watcher = await watch("/ws/me", world.cast.owner)
    assert "3rd in line" in await next_row(watcher, last.id)
    await in_thread(rows.claim)(world.theirs, world.node)
    assert "2nd in line" in await next_row(watcher, last.id)


async def test_the_home_page_hears_why_a_batch_waits_now(world, watch, monkeypatch):
    """A batch shows the time left or the reason of the job that runs last; its counts stay the same here."""
    monkeypatch.setattr(polling, "POLL_EVERY_S", 0.02)
    monkeypatch.setattr(LISTS, "ask", lambda owners: dict.fromkeys(owners, ()))
    batch = (await in_thread(rows.submit)(world.cast.owner, world.slow, variations=3))[0].batch_id
    watcher = await watch("/ws/me", world.cast.owner)
    assert "0 of 3 done · Waiting for a free node." in await next_row(watcher, batch)
    await in_thread(Node.objects.filter(pk=world.node.pk).update)(state=NodeState.OFF)
    assert "0 of 3 done · No node can run this yet." in await next_row(watcher, batch)


async def next_row(watcher, entry_id):
    """The next message with this entry's row."""
    async with asyncio.timeout(PATIENCE):
        while f'id="row-{entry_id}"' not in (shown := await watcher.text()):
            pass
    return shown
