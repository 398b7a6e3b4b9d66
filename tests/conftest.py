"""Fixtures available to every test.

- `cast`: four users, `cast.owner`, `cast.other`, `cast.staff`, `cast.stranger`. Sign in with
  `client.force_login(cast.owner)`.
- `presets`: the shipped presets by slug; `presets["cinematic"]` is an OfferedPreset, ready for `submit_batch`.
- `cpu_node`: the address of a real CPU node with test classes and faults, one child process per test process.
- `registered_node`: the Node row of `cpu_node` with its capabilities read, so placement uses it.
- `services`: the addresses of real servers, keyed by the product's setting names; fails if any is missing.

The database is built by the migrations: PostgreSQL if DATABASE_URL is set (`make test`), else SQLite.
Fixtures import Django inside their bodies because pure packages are also tested with `-p no:django`.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from types import SimpleNamespace

import hypothesis
import pytest

from creator.lib import rate_limits
from creator.lib.ttl_cache import clear_all
from jobs.cpu_node.child import READY, child_command

# A loaded machine takes any time for one example, so none has a deadline.
hypothesis.settings.register_profile("suite", deadline=None)
hypothesis.settings.load_profile("suite")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks every test that uses the CPU node or real servers, and every test that uses a database.

    `make quick` skips the former. `make test` runs the latter on SQLite and again on real servers; what uses neither
    is the same there, and is not run again.
    """
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if {"cpu_node", "services"} & fixtures:
            item.add_marker("services")
        if {"db", "transactional_db"} & fixtures or item.get_closest_marker("django_db"):
            item.add_marker("database")


@pytest.fixture(scope="session")
def services() -> dict[str, str]:
    """DATABASE_URL, BROKER_URL, REDIS_URL and S3_… of running servers."""
    addresses: dict[str, str] = json.loads(os.environ["SERVICES"])
    assert all(addresses.values()), "this test needs real servers: run `make test`, or `make services` first"
    return addresses


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker) -> None:
    """Removes the ledger's triggers on SQLite.

    After a transaction test, Django deletes every row of SQLite's tables, which the triggers would refuse.
    It truncates PostgreSQL's tables, so the triggers stay there. tests/billing tests them on both.
    """
    from django.db import connection

    from billing.models.append_only import unprotecting

    with django_db_blocker.unblock(), connection.cursor() as cursor:
        for statement in unprotecting(connection.vendor) if connection.vendor == "sqlite" else ():
            cursor.execute(statement)


@pytest.fixture
def cast(db) -> SimpleNamespace:
    """An owner, another user, a staff member and a stranger. They have no passwords: use `force_login`.

    Owner and other have the largest plan and more credits than any test spends; the rest have the defaults.
    """
    from accounts.models import User
    from creator.demo import endow
    from creator.platform.models import AuditLine

    people = {
        name: User.objects.create_user(f"{name}@example.org", is_staff=name == "staff")
        for name in ("owner", "other", "staff", "stranger")
    }
    for name in ("owner", "other"):
        endow(people[name])
    AuditLine.objects.all().delete()  # tests begin without a history
    return SimpleNamespace(**people)


@pytest.fixture
def presets(db) -> dict:
    """The shipped presets, imported: slug → OfferedPreset."""
    from jobs.catalogue import import_shipped, offered_presets

    import_shipped()
    return {offered.preset.slug: offered for offered in offered_presets()}


@pytest.fixture(scope="session")
def cpu_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A CPU node in a child process. Tests share it: reset its faults and empty its queue afterwards."""
    folder = tmp_path_factory.mktemp("cpu-node")
    command = child_command(folder, "--test-nodes", "--faults")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield next(line.removeprefix(READY).strip() for line in process.stdout if line.startswith(READY))
        finally:
            process.kill()


@pytest.fixture
def registered_node(db, cpu_node: str):
    """The Node row of `cpu_node`, checked once so that its capabilities are known."""
    from jobs.nodes import add_node, check_node, close_links

    node = add_node(name="cpu-test", url=cpu_node)
    assert check_node(node), "the CPU node does not answer"
    node.refresh_from_db()
    yield node
    close_links()


@pytest.fixture
def rings(monkeypatch) -> list[int]:
    """The number of rings that each call asked for; no broker is involved."""
    from jobs.lifecycle.bell import doorbell

    heard: list[int] = []
    monkeypatch.setattr(doorbell, "ring", heard.append)
    return heard


@pytest.fixture(autouse=True)
def _empty_caches() -> None:
    """Clears all caches and counts: the rows differ from test to test under the same keys."""
    clear_all()
    rate_limits._counters.cache_clear()
