import sys

import pytest

from tests.lifecycle import rows


@pytest.fixture
def slow(db):
    return rows.slow_preset()


@pytest.fixture
def node(db):
    return rows.make_node()


@pytest.fixture
def rings(monkeypatch):
    """How often the sweep rang, per sweep."""
    heard = []
    monkeypatch.setattr(sys.modules["jobs.scheduling.sweep"], "ring", heard.append)  # a function has its name
    return heard
