from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.documents.checkout import Checkout


@pytest.fixture
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Checkout]:
    found = Checkout(tmp_path_factory.mktemp("checkout"))
    yield found
    found.close()
