import pytest

from tests.creator.periodic import entries


@pytest.fixture
def schedule(db):
    entries.add()


@pytest.fixture(autouse=True)
def _one_connection(monkeypatch):
    """Beat lets go of old connections; that of the test has its transaction."""
    monkeypatch.setattr("django_celery_beat.schedulers.close_old_connections", lambda: None)
