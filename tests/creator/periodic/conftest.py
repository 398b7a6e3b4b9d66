import pytest

from tests.creator.periodic import entries


@pytest.fixture
def schedule(db):
    entries.add()


@pytest.fixture(autouse=True)
def _one_connection(monkeypatch):
    """Keeps beat from closing the test's connection, which holds the test's transaction."""
    monkeypatch.setattr("django_celery_beat.schedulers.close_old_connections", lambda: None)
