from dataclasses import replace

import pytest
from django.db import OperationalError

from tests.jobs.lifecycle import rows

pytestmark = pytest.mark.django_db


def ask(client, path):
    answer = client.get(path)
    return answer.status_code, answer.json()["status"], "no-store" in answer["Cache-Control"]


def raising(error):
    def broken(*_, **__):
        raise error

    return broken


def test_with_everything_there(client):
    rows.make_node()
    assert [ask(client, path) for path in ("/health", "/api/health", "/ready")] == [(200, "ok", True)] * 3


def test_without_a_node_work_is_accepted(client):
    assert ask(client, "/ready") == (200, "degraded", True)


@pytest.mark.parametrize(
    ("where", "error"),
    [
        ("creator.health.MigrationExecutor", OperationalError("at /var/lib/secret")),
        ("creator.health.default_storage.exists", OSError(5, "No answer from /srv/secret")),
    ],
    ids=["database", "storage"],
)
def test_without_database_or_storage_it_is_not_ready_and_still_alive(
    client, monkeypatch, settings, where, error
):
    rows.make_node()
    settings.CONFIG = replace(settings.CONFIG, s3_bucket="far")
    monkeypatch.setattr(where, raising(error))
    assert ask(client, "/ready") == (503, "unavailable", True)
    assert b"secret" not in client.get("/ready").content
    assert ask(client, "/health") == (200, "ok", True)


def test_with_migrations_to_come_it_is_not_ready(client, monkeypatch):
    monkeypatch.setattr("creator.health.MigrationExecutor.migration_plan", lambda *_: [("0002", False)])
    assert ask(client, "/ready") == (503, "unavailable", True)


def test_asking_leaves_no_files(client, settings):
    before = sorted(settings.DATA_DIR.rglob("*"))
    ask(client, "/ready")
    assert sorted(settings.DATA_DIR.rglob("*")) == before


def test_a_folder_that_cannot_be_written_to_is_not_ready(client, monkeypatch):
    monkeypatch.setattr("creator.health.os.access", lambda *_: False)
    assert ask(client, "/ready") == (503, "unavailable", True)


@pytest.mark.parametrize("part", ["broker", "cache"])
def test_without_broker_or_cache_work_is_accepted(client, monkeypatch, part):
    rows.make_node()
    monkeypatch.setattr(f"creator.health.{part}_works", lambda: False)
    assert ask(client, "/ready") == (200, "degraded", True)
