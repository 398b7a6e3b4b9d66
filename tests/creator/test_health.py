import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Event
from urllib.parse import urlsplit

import pytest
from django.db import OperationalError, connections
from django.test import Client
from django.utils import timezone

from creator import health
from creator.lib.probes import Probes
from jobs.models import Job
from tests.creator.brokers import app_for
from tests.jobs.execution.running import eventually
from tests.jobs.lifecycle import rows
from tests.services.silent_proxy import SilentProxy

pytestmark = pytest.mark.django_db(transaction=True)  # each probe has a thread and a connection of its own
PATIENCE = 60


def ask(client, path="/ready"):
    rows.let_caches_expire()
    answer = client.get(path)
    assert "no-store" in answer["Cache-Control"]
    return answer.status_code, answer.json()


def ready(client):
    status, answer = ask(client)
    return status, answer["status"], answer["missing"]


def raising(error):
    def broken(*_, **__):
        raise error

    return broken


def test_with_everything_there(client):
    rows.make_node()
    assert [ask(client, path) for path in ("/health", "/api/health")] == [(200, {"status": "ok"})] * 2
    assert ready(client) == (200, "ok", [])


def test_without_a_node_work_is_accepted(client):
    assert ready(client) == (200, "degraded", ["nodes"])


@pytest.mark.parametrize(
    ("part", "where", "error"),
    [
        ("database", "creator.health.MigrationExecutor", OperationalError("at /var/lib/secret")),
        ("storage", "creator.health.default_storage.exists", OSError(5, "No answer from /srv/secret")),
    ],
    ids=["database", "storage"],
)
def test_without_database_or_storage_it_is_not_ready_and_still_alive(
    client, monkeypatch, settings, part, where, error
):
    rows.make_node()
    settings.CONFIG = replace(settings.CONFIG, s3_bucket="far")
    monkeypatch.setattr(where, raising(error))
    assert ready(client) == (503, "unavailable", [part])
    assert b"secret" not in client.get("/ready").content
    assert ask(client, "/health") == (200, {"status": "ok"})


def test_with_a_disk_that_is_nearly_full_pages_go_on_and_it_says_so(client, settings):
    rows.make_node()
    for full in ({"keep_free_mib": 10**9}, {"keep_free_percent": 99.99}):
        settings.CONFIG = replace(settings.CONFIG, keep_free_mib=0, keep_free_percent=0)
        assert ready(client) == (200, "ok", [])
        settings.CONFIG = replace(settings.CONFIG, **full)
        assert ready(client) == (200, "degraded", ["disk"])


def test_with_migrations_to_come_it_is_not_ready(client, monkeypatch):
    rows.make_node()
    monkeypatch.setattr("creator.health.MigrationExecutor.migration_plan", lambda *_: [("0002", False)])
    assert ready(client) == (503, "unavailable", ["database"])


def test_asking_leaves_no_files(client, settings):
    before = sorted(settings.DATA_DIR.rglob("*"))
    ask(client)
    assert sorted(settings.DATA_DIR.rglob("*")) == before


def test_a_folder_that_cannot_be_written_to_is_not_ready(client, monkeypatch):
    rows.make_node()
    monkeypatch.setattr("creator.health.os.access", lambda *_: False)
    assert ready(client) == (503, "unavailable", ["storage"])


@pytest.mark.parametrize("part", ["broker", "cache"])
def test_without_broker_or_cache_work_is_accepted(client, monkeypatch, part):
    rows.make_node()
    monkeypatch.setitem(health.probes.parts, part, lambda: False)
    assert ready(client) == (200, "degraded", [part])


def test_jobs_that_wait_beside_a_free_node_are_told(client, cast):
    """As when no worker hears the rings, or hears them and runs nothing."""
    node = rows.make_node()
    job = rows.submit_one(cast.owner, rows.slow_preset())
    assert ready(client) == (200, "ok", [])
    Job.objects.filter(pk=job.pk).update(created_at=timezone.now() - timedelta(seconds=31))
    assert ready(client) == (200, "degraded", ["workers"])
    rows.claim(rows.submit_one(cast.owner, rows.slow_preset()), node)
    assert ready(client) == (200, "ok", []), "a worker claims: the job waits for its turn"


@pytest.mark.parametrize("frozen", [["storage"], ["broker", "cache"], [*health.probes.parts]], ids=str)
def test_frozen_parts_are_named_within_the_bound(client, monkeypatch, frozen):
    """All are asked at the same time, so six frozen ones take no longer than one."""
    rows.make_node()
    thaw, asked = Event(), []

    def freeze(part):
        asked.append(part)
        return thaw.wait(PATIENCE)

    parts = health.probes.parts | {part: lambda part=part: freeze(part) for part in frozen}
    monkeypatch.setattr(health, "probes", Probes(parts))
    try:
        began = time.monotonic()
        first = ready(client)
        took_s = time.monotonic() - began
        again = ready(client)
    finally:
        thaw.set()
    told = [part for part in frozen if "database" not in frozen or part not in ("nodes", "workers")]
    assert first == again == (503 if "storage" in frozen else 200, first[1], told)
    assert 2 <= took_s < 6, "one after the other they take twelve seconds"
    assert sorted(asked) == sorted(frozen), "a part that is still silent is not asked again"
    eventually(lambda: ready(client) == (200, "ok", []))


def ask_in_a_thread():
    try:
        return Client().get("/ready").json()["missing"]
    finally:
        connections.close_all()


@pytest.mark.services
def test_however_many_ask_the_broker_hears_of_one_a_second(client, services, settings, monkeypatch):
    """Anyone may ask, so asking costs the broker nothing."""
    way = SilentProxy(urlsplit(services["BROKER_URL"]).port)
    address = way.through(services["BROKER_URL"])
    settings.CONFIG = replace(settings.CONFIG, broker_url=address)
    monkeypatch.setattr(health, "app", app_for(address))
    rows.let_caches_expire()
    client.get("/ready")
    began, before = time.monotonic(), way.taken
    with ThreadPoolExecutor(8) as askers:
        said = list(askers.map(lambda _: ask_in_a_thread(), range(400)))
    seconds, taken = time.monotonic() - began, way.taken - before
    way.close()
    assert before == 1
    assert {"broker" in each for each in said} == {False}
    assert taken <= seconds / health.REMEMBERED_S + 1


def test_many_askers_share_one_look(client, monkeypatch):
    rows.make_node()
    asked = []
    monkeypatch.setattr(health, "probes", Probes({"nodes": lambda: not asked.append(os.getpid())}))
    rows.let_caches_expire()
    assert {client.get("/ready").status_code for _ in range(20)} == {200}
    assert len(asked) == 1
