"""A signed-in program opens a job's socket and stream with its access token, and they end with its sign-in."""

from datetime import timedelta

import pytest
from channels.db import database_sync_to_async
from django.utils import timezone

from accounts.enums import FamilyEnd
from accounts.models import TokenFamily
from accounts.principals import find_by_secret
from accounts.tokens import end_family, issue, rotate
from accounts.tokens.texts import write_access_token
from jobs.streaming import polling
from jobs.streaming.job_events import JobEvents
from jobs.streaming.sockets import SIGNED_OUT
from jobs.streaming.sse import stream_events
from tests.jobs.lifecycle import rows

in_thread = database_sync_to_async
HERE = "192.0.2.1"


@pytest.fixture
async def pair(world):
    return await in_thread(issue)(world.cast.owner, device="laptop", address=HERE)


@pytest.fixture
def path(world):
    return f"/ws/jobs/{world.mine.id}"


async def test_a_token_opens_its_persons_jobs_alone(world, watch, pair, path):
    theirs = f"/ws/jobs/{world.theirs.id}"
    opened = [await watch(each, key=pair.access, origin=None) for each in (path, theirs, "/ws/me")]
    assert [each.status for each in opened] == [101, 404, 404]
    assert (await opened[0].message())["type"] == "snapshot"


async def test_no_other_token_opens_a_socket(world, watch, pair, path):
    over = write_access_token(pair.family.pk, timezone.now() - timedelta(seconds=1))
    for given in (over, pair.refresh, pair.access[:-1] + "?"):
        assert (await watch(path, key=given, origin=None)).status == 401


async def test_a_cookie_opens_it_from_pages_of_the_site_only(world, watch, pair, path):
    cookie = f"access_token={pair.access}"
    origins = ("http://testserver", "http://evil.example", "null", None)
    assert [(await watch(path, cookie=cookie, origin=origin)).status for origin in origins] == [
        101,
        403,
        403,
        403,
    ]
    assert (await watch(path, cookie=f"access_token={pair.refresh}")).status == 404


async def test_a_session_counts_before_the_token_beside_it(world, watch, pair):
    from tests.jobs.streaming.conftest import session_cookie

    session = await in_thread(session_cookie)(world.cast.other)
    cookie = f"{session}; access_token={pair.access}"
    assert (await watch(f"/ws/jobs/{world.theirs.id}", cookie=cookie)).status == 101
    assert (await watch(f"/ws/jobs/{world.mine.id}", cookie=cookie)).status == 404


async def test_a_socket_outlives_its_access_token_and_a_refresh(world, watch, pair, path, monkeypatch):
    monkeypatch.setattr(polling, "POLL_EVERY_S", 0.02)
    watcher = await watch(path, key=pair.access, origin=None)
    await watcher.message()
    await in_thread(rotate)(pair.refresh, address=HERE)
    await in_thread(rows.claim)(world.mine, world.node)
    assert (await watcher.message())["status"] == "processing"


ENDS = {
    "signed out": lambda user: end_family(TokenFamily.objects.get(), FamilyEnd.SIGNED_OUT),
    "expired": lambda user: TokenFamily.objects.update(refreshed_at=timezone.now() - timedelta(days=31)),
    "deactivated": lambda user: type(user).objects.filter(pk=user.pk).update(is_active=False),
    "password": lambda user: type(user).objects.filter(pk=user.pk).update(password="!other"),
}


@pytest.mark.parametrize("end", ENDS)
async def test_what_ends_a_sign_in_ends_its_sockets_and_streams(world, watch, pair, path, monkeypatch, end):
    """Signing out is heard at once; the rest by the next poll."""
    monkeypatch.setattr(polling, "POLL_EVERY_S", 600 if end == "signed out" else 0.05)
    watcher = await watch(path, key=pair.access, origin=None)
    await watcher.message()
    stream = stream_events(JobEvents(world.mine.id), principal=await in_thread(find_by_secret)(pair.access))
    for _ in range(2):
        await anext(stream)
    await in_thread(ENDS[end])(world.cast.owner)
    assert await watcher.messages_until_close() == ([], SIGNED_OUT)
    assert [event async for event in stream] == []
