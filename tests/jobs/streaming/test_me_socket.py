from channels.db import database_sync_to_async

from jobs.lifecycle import finish_job
from jobs.streaming import job_lists, polling
from tests.jobs.lifecycle import rows

in_thread = database_sync_to_async


def row_of(job):
    return f'id="row-{job.id}"'


async def test_open_jobs_come_first_and_only_ones_own(world, watch):
    watcher = await watch("/ws/me", world.cast.owner)
    assert row_of(world.mine) in await watcher.text()
    await in_thread(rows.claim)(world.theirs, world.node, 1)
    await in_thread(rows.claim)(world.mine, world.node, 0)
    shown = await watcher.text()
    assert (row_of(world.mine) in shown, row_of(world.theirs) in shown) == (True, False)


async def test_a_new_job_and_a_final_one_are_shown(world, watch):
    watcher = await watch("/ws/me", world.cast.owner)
    await watcher.text()
    held = await in_thread(rows.claim)(world.mine, world.node)
    await in_thread(finish_job)(held, [])
    while "data-final" not in (shown := await watcher.text()):
        assert row_of(world.mine) in shown
    new = await in_thread(rows.submit_one)(world.cast.owner, world.slow)
    while row_of(new) not in (shown := await watcher.text()):
        assert row_of(world.mine) in shown  # a wake-up may come twice


async def test_lost_wake_ups_cost_seconds_and_no_row(world, watch, monkeypatch):
    monkeypatch.setattr(polling, "POLL_EVERY_S", 0.02)
    monkeypatch.setattr("creator.lib.wakeups.in_process.EmbeddedChannelLayer.wake", lambda *_: None)
    watcher = await watch("/ws/me", world.cast.owner)
    await watcher.text()
    held = await in_thread(rows.claim)(world.mine, world.node)
    await in_thread(finish_job)(held, [])
    while "data-final" not in await watcher.text():
        pass


async def test_a_wake_up_for_somebody_elses_job_shows_nothing_of_it(world, watch):
    """Rows are read for the owner only, so even a misrouted wake-up reveals nothing."""
    found = await in_thread(job_lists.open_sequences)(world.cast.owner.pk, {world.mine.id, world.theirs.id})
    assert set(found) == {world.mine.id}
