"""Browser tests in Debian's Chromium.

Each test file has its own browser, because a running one keeps an event loop in this thread.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.browser.person import Person
from tests.e2e.product.serving import Product, serving


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    """Allows one attempt per job: a node's fault shows at once. The node runs one job and stages one."""
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
def new_person(product: Product, chromium: Browser) -> Iterator[Callable[..., Person]]:
    """`new_person("name")` opens a window for a new account. A problem in the browser fails the test."""
    people: list[Person] = []

    def come(name: str, **options: object) -> Person:
        people.append(Person(chromium, product, name, **options))
        return people[-1]

    yield come
    problems = [problem for person in people for problem in person.leave()]
    assert problems == []
