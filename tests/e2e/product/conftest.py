"""`product`: the real thing in processes of its own. `visitor`: somebody with an account there and the largest plan."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.e2e.product.serving import Product, serving
from tests.e2e.product.visitor import Visitor


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Takes photos of at most 24 megapixels, as tests/jobs/uploads/corpus.py supposes."""
    with serving(tmp_path_factory.mktemp("product"), MAX_MEGAPIXELS="24") as served:
        yield served


@pytest.fixture(scope="module")
def visitor(product: Product) -> Iterator[Visitor]:
    someone = Visitor(product.url, "someone@example.org")
    product.endow("someone@example.org")
    yield someone
    someone.close()
