"""The product in Debian's Chromium. Browsers live for one test file: a running one keeps an event loop in this thread."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.browser.person import Person
from tests.e2e.product.serving import Product, serving


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """One attempt a job, so that a node's fault shows at once; one job at a time on the node, one staged."""
    with serving(tmp_path_factory.mktemp("product"), JOB_ATTEMPTS="1") as served:
        yield served


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    path = shutil.which("chromium")
    if path is None:
        pytest.fail(
            "The browser tests need Chromium. On Debian: sudo apt-get install chromium", pytrace=False
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture
def somebody(product: Product, chromium: Browser) -> Iterator[Callable[..., Person]]:
    """`somebody("name")`: a person with an account and a window. Nothing they saw may have broken a rule of the page."""
    people: list[Person] = []

    def come(name: str, **options: object) -> Person:
        people.append(Person(chromium, product, name, **options))
        return people[-1]

    yield come
    problems = [problem for person in people for problem in person.leave()]
    assert problems == []
