import re

from channels.db import database_sync_to_async
from django.db import transaction

from billing.ledger import credit_account_of, grant
from jobs.lifecycle import cancel_job, finish_job
from jobs.streaming import groups, home, polling
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
    watcher = await watch("/ws/me", world.cast.owner)
    await watcher.text()
    await in_thread(groups.wake_watchers)(world.theirs.id, world.cast.owner.pk)
    await in_thread(rows.claim)(world.mine, world.node)
    assert str(world.theirs.id) not in await watcher.text()


async def test_the_first_message_is_the_whole_list_and_each_one_is_small(world, watch):
    """A page that was rendered before the socket opened has stale entries; the list says which ones remain."""
    await in_thread(rows.submit)(world.cast.owner, world.slow, variations=8)
    for _ in range(9):
        await in_thread(rows.submit_one)(world.cast.owner, world.slow)
    watcher = await watch("/ws/me", world.cast.owner)
    sent = [await watcher.text()]
    while 'id="live-recent"' not in sent[-1]:
        sent.append(await watcher.text())
    assert max(len(message.encode()) for message in sent) <= 4096
    shown = "".join(sent)
    assert shown.count('<div id="row-') == shown.count('<li id="open-') == 11
    assert ("8 pictures in" in shown, "0 of 8 done" in shown, "18 jobs in progress." in shown) == (True,) * 3


async def test_a_batch_is_one_entry_with_the_progress_of_the_whole(world, watch):
    jobs = await in_thread(rows.submit)(world.cast.owner, world.slow, variations=3)
    batch = jobs[0].batch_id
    watcher = await watch("/ws/me", world.cast.owner)
    while f'id="row-{batch}"' not in await watcher.text():
        pass
    for number, job in enumerate(jobs, 1):
        held = await in_thread(rows.claim)(job, world.node, number)
        await in_thread(finish_job)(held, [])
        while f"{number} of 3 done" not in (shown := await watcher.text()):
            pass
    assert f'<div id="row-{batch}" data-final' in shown, "its last state is sent before the entry goes"
    while 'id="live-open"' not in shown:
        shown = await watcher.text()
    assert f'id="open-{batch}"' not in shown


async def test_more_entries_than_a_page_has_come_up_as_others_end(world, watch):
    many = [await in_thread(rows.submit_one)(world.cast.owner, world.slow) for _ in range(home.MOST_ENTRIES)]
    watcher = await watch("/ws/me", world.cast.owner)
    first = await watcher.text()
    while 'id="live-recent"' not in first:
        first += await watcher.text()
    assert (row_of(many[-1]) in first, "21 jobs in progress." in first) == (False, True)
    await in_thread(cancel_job)(job=world.mine)
    shown = ""
    while not re.search(rf'<li id="open-{many[-1].id}">\s*<', shown):
        shown += await watcher.text()
    assert row_of(many[-1]) in shown


async def test_credits_that_come_in_are_shown_within_seconds(world, watch, monkeypatch):
    """Nothing wakes the socket for them: the shared poll finds the new balance."""
    monkeypatch.setattr(polling, "POLL_EVERY_S", 0.02)
    watcher = await watch("/ws/me", world.cast.owner)
    while 'id="live-credits"' not in await watcher.text():
        pass
    before = await in_thread(credit_account_of)(world.cast.owner.pk)
    await in_thread(transaction.atomic(grant))(
        owner_id=world.cast.owner.pk, amount=500, source="pack", source_id="1", reason="500 credits"
    )
    while f"{before.available + 500:,} credits" not in await watcher.text():
        pass
