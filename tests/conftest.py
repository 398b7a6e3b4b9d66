"""Fixtures that every test may ask for by name.

- `cast`: four users, `cast.owner`, `cast.other`, `cast.staff`, `cast.stranger`; sign in with `client.force_login(cast.owner)`.
- `presets`: the shipped presets as rows, by slug: `presets["cinematic"]` is an OfferedPreset, as `submit_batch` takes it.
- `cpu_node`: the address of a real CPU node with test classes and faults, one child process per test process.
- `registered_node`: that node as a row which has shown what it can do, so that placement will use it.

- `services`: the addresses of real servers as the product's settings name them; fails where there are none.

The database is migrated, as everywhere. It is PostgreSQL where DATABASE_URL is given (`make test`), else SQLite.
Imports of Django stand inside the fixtures: pure packages are tested with `-p no:django` too.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from creator.lib.ttl_cache import clear_all
from jobs.cpu_node.child import READY, child_command


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever asks for the CPU node or for servers is left out by `make quick`."""
    for item in items:
        if {"cpu_node", "services"} & set(getattr(item, "fixturenames", ())):
            item.add_marker("services")


@pytest.fixture(scope="session")
def services() -> dict[str, str]:
    """DATABASE_URL, BROKER_URL, REDIS_URL and S3_… of servers that are on."""
    addresses: dict[str, str] = json.loads(os.environ["SERVICES"])
    assert all(addresses.values()), "this test needs real servers: run `make test`, or `make services` first"
    return addresses


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker) -> None:
    """After a test of transactions SQLite is emptied row by row, which the ledger's triggers refuse: the tests' own has none.

    PostgreSQL keeps them, for it truncates. tests/billing shows on both that they refuse.
    """
    from django.db import connection

    from billing.models.append_only import unprotecting

    with django_db_blocker.unblock(), connection.cursor() as cursor:
        for statement in unprotecting(connection.vendor) if connection.vendor == "sqlite" else ():
            cursor.execute(statement)


@pytest.fixture
def cast(db) -> SimpleNamespace:
    """Owner, another user, a member of staff, and somebody nobody shares anything with. No passwords: log in by force.

    Those who submit have the largest plan and more credits than any test spends; the others have what everybody starts with.
    """
    from accounts.models import User
    from creator.demo import endow

    people = {
        name: User.objects.create_user(f"{name}@example.org", is_staff=name == "staff")
        for name in ("owner", "other", "staff", "stranger")
    }
    for name in ("owner", "other"):
        endow(people[name])
    return SimpleNamespace(**people)


@pytest.fixture
def presets(db) -> dict:
    """The shipped presets, imported: slug → OfferedPreset."""
    from jobs.catalogue import import_shipped, offered_presets

    import_shipped()
    return {offered.preset.slug: offered for offered in offered_presets()}


@pytest.fixture(scope="session")
def cpu_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A CPU node as a child; leave no faults set on it and nothing in its queue."""
    folder = tmp_path_factory.mktemp("cpu-node")
    command = child_command(folder, "--test-nodes", "--faults")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield next(line.removeprefix(READY).strip() for line in process.stdout if line.startswith(READY))
        finally:
            process.kill()


@pytest.fixture
def registered_node(db, cpu_node: str):
    """The Node row of `cpu_node`, seen and with its capabilities."""
    from jobs.nodes import add_node, check_node, close_links

    node = add_node(name="cpu-test", url=cpu_node)
    assert check_node(node), "the CPU node does not answer"
    node.refresh_from_db()
    yield node
    close_links()


@pytest.fixture
def rings(monkeypatch) -> list[int]:
    """How often workers were rung for, per call; no broker is asked."""
    from jobs.lifecycle.bell import doorbell

    heard: list[int] = []
    monkeypatch.setattr(doorbell, "ring", heard.append)
    return heard


@pytest.fixture(autouse=True)
def _empty_caches() -> None:
    """Each test has rows of its own under the same keys."""
    clear_all()
