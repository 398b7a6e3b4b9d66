"""`product`: the real product in its own processes. `visitor`: a user of it with the demo account's plan."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.product.serving import Product, serving
from tests.e2e.product.visitor import Visitor


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Accepts photos of at most 24 megapixels, the limit that tests/jobs/uploads/hostile_file.py assumes."""
    with serving(tmp_path_factory.mktemp("product"), MAX_MEGAPIXELS="24") as served:
        yield served


@pytest.fixture(scope="module")
def visitor(product: Product) -> Iterator[Visitor]:
    someone = Visitor(product.url, "someone@example.org")
    product.endow("someone@example.org")
    yield someone
    someone.close()
