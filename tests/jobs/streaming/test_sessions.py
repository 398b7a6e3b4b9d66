"""A socket closes when the session of the page that opened it ends."""

import pytest
from channels.db import database_sync_to_async
from django.contrib.auth import get_user_model
from django.contrib.sessions.models import Session
from django.test import Client

from jobs.streaming import polling
from jobs.streaming.sockets import SIGNED_OUT
from tests.jobs.lifecycle import rows

in_thread = database_sync_to_async
PATHS = ("/ws/jobs/{}", "/ws/jobs/{}/html", "/ws/me")


def sign_out(client: Client) -> None:
    client.logout()


def set_password(user) -> None:
    user.set_password("another one")
    user.save(update_fields=["password"])


ENDS = {
    "password": set_password,
    "deactivated": lambda user: get_user_model().objects.filter(pk=user.pk).update(is_active=False),
    "session gone": lambda user: Session.objects.all().delete(),
    "session over": lambda user: Session.objects.update(expire_date="2020-01-01T00:00:00Z"),
}


async def code_of(watcher) -> int:
    while (sent := await watcher.receive())["type"] == "websocket.send":
        pass
    return sent["code"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("end", ENDS)
async def test_what_ends_a_session_ends_its_sockets(world, watch, monkeypatch, path, end):
    monkeypatch.setattr(polling, "POLL_EVERY_S", 0.05)
    watcher = await watch(path.format(world.mine.id), world.cast.owner)
    await watcher.text()
    await in_thread(ENDS[end])(world.cast.owner)
    assert await code_of(watcher) == SIGNED_OUT


async def test_signing_out_is_heard_at_once_and_by_that_session_alone(world, watch, monkeypatch):
    monkeypatch.setattr(polling, "POLL_EVERY_S", 600)
    address, client = f"/ws/jobs/{world.mine.id}", Client()
    await in_thread(client.force_login)(world.cast.owner)
    leaving = await watch(address, cookie=f"sessionid={client.cookies['sessionid'].value}")
    staying = await watch(address, world.cast.owner)
    assert [(await each.message())["type"] for each in (leaving, staying)] == ["snapshot"] * 2
    await in_thread(sign_out)(client)
    assert await code_of(leaving) == SIGNED_OUT
    await in_thread(rows.claim)(world.mine, world.node)
    assert (await staying.message())["status"] == "processing"
