"""Programs open a job's socket with an API key in the handshake, as with every other request."""

import time
from dataclasses import replace

import pytest
from channels.db import database_sync_to_async
from django.contrib.auth import get_user_model
from django.utils import timezone

from accounts.api_keys import make_api_key, revoke_api_key
from accounts.attempts import KEYS_PER_TRY
from accounts.models import ApiKey
from billing.models import Plan
from creator.lib.ttl_cache import clear_all
from jobs.lifecycle import finish_job
from jobs.streaming import polling
from jobs.streaming.sockets import SIGNED_OUT
from tests.jobs.lifecycle import rows

in_thread = database_sync_to_async


@pytest.fixture
def make_key(world):
    async def make(owner) -> str:
        return (await in_thread(make_api_key)(owner=owner, name="test"))[1]

    return make


async def test_a_program_watches_a_job_to_its_end(world, watch, make_key):
    key = await make_key(world.cast.owner)
    watcher = await watch(f"/ws/jobs/{world.mine.id}", key=key, origin=None)
    assert (await watcher.message())["type"] == "snapshot"
    held = await in_thread(rows.claim)(world.mine, world.node)
    await in_thread(finish_job)(held, [])
    messages, code = await watcher.messages_until_close()
    assert (messages[-1]["status"], code) == ("completed", 1000)
    assert await in_thread(lambda: ApiKey.objects.get().last_used_at is not None)()


async def test_a_key_opens_its_owners_jobs_alone(world, watch, make_key):
    keys = {name: await make_key(getattr(world.cast, name)) for name in ("owner", "other", "staff")}
    path = f"/ws/jobs/{world.mine.id}"
    statuses = {name: (await watch(path, key=key, origin=None)).status for name, key in keys.items()}
    assert statuses == {"owner": 101, "other": 404, "staff": 404}


async def test_a_key_that_does_not_work_is_refused_and_no_session_helps_it(world, watch, make_key):
    key = await make_key(world.cast.owner)
    await in_thread(lambda: revoke_api_key(key=ApiKey.objects.get()))()
    path = f"/ws/jobs/{world.mine.id}"
    for given in (key, key[:-1] + "x", "nonsense"):
        assert (await watch(path, key=given, origin=None)).status == 401
        assert (await watch(path, world.cast.owner, key=given)).status == 401


async def test_keys_that_do_not_work_are_counted(world, watch, settings):
    settings.CONFIG = replace(settings.CONFIG, tries_per_address=1)
    path = f"/ws/jobs/{world.mine.id}"
    answers = [(await watch(path, key="x", origin=None)).status for _ in range(KEYS_PER_TRY + 1)]
    assert answers == [401] * KEYS_PER_TRY + [429]


async def test_a_key_counts_and_not_the_session_beside_it(world, watch, make_key):
    key = await make_key(world.cast.other)
    assert (await watch(f"/ws/jobs/{world.mine.id}", world.cast.owner, key=key)).status == 404


@pytest.mark.parametrize("path", ["/ws/jobs/{}/html", "/ws/me"])
async def test_what_pages_are_made_of_is_not_for_programs(world, watch, make_key, path):
    key = await make_key(world.cast.owner)
    assert (await watch(path.format(world.mine.id), key=key, origin=None)).status == 404


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"origin": None}, 101),
        ({"origin": "http://testserver"}, 101),
        ({"origin": "http://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": None, "host": "evil.example"}, 403),
        ({"origin": None, "host": ""}, 403),
    ],
)
async def test_a_program_needs_no_origin_but_may_not_have_a_foreign_one(
    world, watch, make_key, given, status
):
    key = await make_key(world.cast.owner)
    assert (await watch(f"/ws/jobs/{world.mine.id}", key=key, **given)).status == status


async def test_a_key_in_the_address_is_none(world, watch, make_key):
    key = await make_key(world.cast.owner)
    address = f"/ws/jobs/{world.mine.id}?key={key}&api_key={key}&token={key}"
    assert [(await watch(address, origin=origin)).status for origin in (None, "http://testserver")] == [
        403,
        404,
    ]


ENDS = {
    "revoked": lambda user: revoke_api_key(key=ApiKey.objects.get()),
    "expired": lambda user: ApiKey.objects.update(expires_at=timezone.now()),
    "deleted": lambda user: ApiKey.objects.all().delete(),
    "deactivated": lambda user: get_user_model().objects.filter(pk=user.pk).update(is_active=False),
}


@pytest.mark.parametrize("end", ENDS)
async def test_what_ends_a_key_ends_its_sockets_and_no_others(world, watch, make_key, monkeypatch, end):
    monkeypatch.setattr(polling, "POLL_EVERY_S", 0.05)
    path, key = f"/ws/jobs/{world.mine.id}", await make_key(world.cast.owner)
    watcher = await watch(path, key=key, origin=None)
    await watcher.message()
    theirs = await watch(f"/ws/jobs/{world.theirs.id}", world.cast.other)
    await theirs.message()
    await in_thread(ENDS[end])(world.cast.owner)
    assert await watcher.messages_until_close() == ([], SIGNED_OUT)
    await in_thread(rows.claim)(world.theirs, world.node)
    assert (await theirs.message())["status"] == "processing"


@pytest.mark.parametrize(("scopes", "status"), [(["jobs:read"], 101), (["jobs:write", "account:read"], 403)])
async def test_a_socket_asks_for_its_scope(world, watch, scopes, status):
    _, key = await in_thread(make_api_key)(owner=world.cast.owner, name="test", scopes=scopes)
    assert (await watch(f"/ws/jobs/{world.mine.id}", key=key, origin=None)).status == status


async def test_a_plan_without_keys_opens_no_socket_and_closes_those_that_are_open(
    world, watch, make_key, monkeypatch
):
    monkeypatch.setattr(polling, "POLL_EVERY_S", 0.05)
    path, key = f"/ws/jobs/{world.mine.id}", await make_key(world.cast.owner)
    watcher = await watch(path, key=key, origin=None)
    await watcher.message()
    await in_thread(Plan.objects.update)(features=[])
    assert await watcher.messages_until_close() == ([], SIGNED_OUT)
    clear_all()  # as after the seconds for which a yes is remembered
    assert (await watch(path, key=key, origin=None)).status == 403


async def test_an_open_socket_survives_a_lost_wake_up_by_no_more_than_a_second(world, watch, make_key):
    key = await make_key(world.cast.owner)
    watcher = await watch(f"/ws/jobs/{world.mine.id}", key=key, origin=None)
    await watcher.message()
    await in_thread(ApiKey.objects.update)(revoked_at=timezone.now())  # rows alone: no wake-up tells of it
    began = time.monotonic()
    assert await watcher.messages_until_close() == ([], SIGNED_OUT)
    assert time.monotonic() - began < 1
