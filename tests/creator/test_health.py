import pytest
from django.core.files.storage import default_storage
from django.db import OperationalError

from tests.lifecycle import rows

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
        ("creator.health.default_storage.save", OSError(28, "No space left on /srv/secret")),
    ],
    ids=["database", "storage"],
)
def test_without_database_or_storage_it_is_not_ready_and_still_alive(client, monkeypatch, where, error):
    rows.make_node()
    monkeypatch.setattr(where, raising(error))
    assert ask(client, "/ready") == (503, "unavailable", True)
    assert b"secret" not in client.get("/ready").content
    assert ask(client, "/health") == (200, "ok", True)


def test_with_migrations_to_come_it_is_not_ready(client, monkeypatch):
    monkeypatch.setattr("creator.health.MigrationExecutor.migration_plan", lambda *_: [("0002", False)])
    assert ask(client, "/ready") == (503, "unavailable", True)


def test_asking_leaves_no_files(client):
    ask(client, "/ready")
    assert default_storage.listdir("health")[1] == []
