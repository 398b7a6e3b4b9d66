import os
import time
from dataclasses import replace

import pytest

from creator import embedded
from creator.embedded import delete_old_files, start_nodes
from creator.lib import child_process
from jobs.enums import NodeState
from jobs.models import Node
from jobs.nodes import RESULTS_BESIDE
from tests.jobs.execution.running import PATIENCE, eventually
from tests.jobs.lifecycle import rows


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_a_node_beside_us_registers_itself_comes_back_and_ends_with_us(monkeypatch):
    monkeypatch.setattr(child_process, "RESTART_PAUSE_S", 0.01)
    rows.make_node("cpu-9")
    rows.make_node("gpu-1")
    node = start_nodes(1)[0]
    assert node.ready.wait(PATIENCE)
    first = Node.objects.get(name="cpu-1")
    assert (first.state, first.seen_at is None, "EmptyImage" in first.classes) == ("active", False, True)
    assert [Node.objects.get(name=name).state for name in ("cpu-9", "gpu-1")] == [
        NodeState.OFF,
        NodeState.ACTIVE,
    ]
    process = node._process
    process.kill()
    eventually(lambda: node._process is not process and node.ready.is_set())
    assert Node.objects.get(name="cpu-1").failures == 0
    node.stop()
    assert (node._process.poll() is None, node._thread.is_alive()) == (False, False)


def test_old_files_of_a_node_go_and_young_ones_stay(tmp_path):
    old, young = tmp_path / "output/jobs/a/out.png", tmp_path / "output/jobs/b/out.png"
    for path in (old, young):
        path.parent.mkdir(parents=True)
        path.write_bytes(b"x")
    os.utime(old, (time.time() - 100,) * 2)
    delete_old_files(tmp_path, older_than_s=50)
    assert (old.exists(), young.exists()) == (False, True)


def test_tidying_a_folder_that_is_not_there_is_no_error(tmp_path):
    delete_old_files(tmp_path / "nowhere", older_than_s=1)


@pytest.mark.parametrize(
    ("address", "pool", "most"),
    [("", 20, 20 * (2 + RESULTS_BESIDE)), ("postgres://x", 20, 7), ("postgres://x", 5, 1)],
)
def test_it_runs_as_many_jobs_as_there_are_slots_and_connections(db, settings, address, pool, most):
    for number in range(20):
        rows.make_node(f"gpu-{number}")
    settings.CONFIG = replace(settings.CONFIG, database_url=address, database_pool=pool)
    assert embedded.most_runners() == most
