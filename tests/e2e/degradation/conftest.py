"""`installation`: one installation for all tests of this folder. Each test starts when all its parts work."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.degradation.installation import Installation


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with Installation.running(tmp_path_factory.mktemp("degradation")) as made:
        yield made


@pytest.fixture
def installation(running: Installation) -> Installation:
    running.wait_until_whole()
    return running
