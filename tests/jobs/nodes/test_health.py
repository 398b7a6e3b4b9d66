import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from jobs.comfy import NodeUnreachable
from jobs.enums import NodeState
from jobs.models import Node
from jobs.nodes import check_node, check_nodes, close_links, count_usable_nodes, health, looks, record_fault
from jobs.nodes.breaker import FAULTS_TO_CLOSE
from tests.jobs.execution.running import eventually
from tests.jobs.lifecycle import rows


@pytest.fixture
def down(db):
    """A node at whose address nothing answers."""
    yield rows.make_node("down", seen_at=None)
    close_links()


def read(node):
    return Node.objects.get(pk=node.pk)


def test_a_node_that_does_not_answer_is_at_fault(down):
    assert check_node(down) is False
    assert (read(down).failures, read(down).seen_at) == (1, None)
    assert "cannot be reached" in read(down).trouble


def test_nodes_that_are_off_are_left_alone(down):
    Node.objects.update(state=NodeState.OFF)
    check_nodes()
    assert read(down).failures == 0


def test_many_nodes_are_asked_side_by_side_and_each_is_noted(db):
    nodes = [rows.make_node(f"down-{number}") for number in range(20)]
    check_nodes()
    assert [read(node).failures for node in nodes] == [1] * 20
    close_links()


@pytest.mark.django_db(transaction=True)
def test_checkers_at_the_same_time_count_a_fault_once_each_round(cast, monkeypatch):
    """Two threads stand for two processes: both have read the row before either writes it."""
    node, both = rows.make_node(), threading.Barrier(2, timeout=30)
    monkeypatch.setattr(health, "ask", lambda _: (both.wait(), looks.Look(error=NodeUnreachable()))[1])

    def check(_):
        try:
            return check_node(read(node))
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(check, range(2))) == [False, False]
    assert read(node).failures == 1


def test_a_node_that_has_not_answered_yet_is_not_asked_again(db, monkeypatch):
    node = rows.make_node()
    monkeypatch.setattr(health, "_asking", {node.pk})
    check_nodes()
    assert read(node).failures == 0


def test_a_distance_falls_fast_and_rises_slowly():
    assert [health._smoothed(*pair) for pair in ((None, 8.0), (8.0, 4.0), (8.0, 16.0))] == [8.0, 6.0, 9.0]


@pytest.mark.services
class TestRealNode:
    """Checks of a node that answers."""

    def test_a_look_notes_what_it_is_and_can_and_how_far_it_is(self, registered_node):
        node = registered_node
        assert (node.failures, node.closed_until, node.seen_at is None) == (0, None, False)
        assert {"EmptyImage", "SaveImage", "TestSlowSteps"} <= set(node.classes)
        assert (bool(node.version), bool(node.device), 0 < node.rtt_ms < 5000) == (True, True, True)
        assert (node.vram_total is None, node.proven_at is None) == (False, False)

    def test_abilities_are_read_again_after_a_while_and_not_before(self, registered_node):
        for age, classes in ((30, []), (90, None)):
            read_at = timezone.now() - timedelta(seconds=age)
            Node.objects.update(classes=[], abilities_read_at=read_at)
            assert check_node(read(registered_node)) is True
            assert (read(registered_node).classes == []) is (classes == [])

    def test_an_idle_node_proves_itself_again_after_a_while_and_not_before(self, registered_node, node):
        for age, prompts in ((10, 0), (40, 1)):
            Node.objects.update(proven_at=timezone.now() - timedelta(seconds=age))
            before = node.posts()
            eventually(lambda: not node.queue())
            assert check_node(read(registered_node)) is True
            assert node.posts() - before - 1 == prompts
        assert timezone.now() - read(registered_node).proven_at < timedelta(seconds=20)

    def test_an_idle_node_that_failed_proves_itself_by_a_prompt(self, registered_node, node):
        for _ in range(FAULTS_TO_CLOSE):
            record_fault(registered_node.pk, NodeUnreachable())
        assert check_node(read(registered_node)) is True
        assert (read(registered_node).failures, read(registered_node).closed_until) == (0, None)

    def test_answers_alone_do_not_open_the_breaker(self, registered_node, node):
        """With a full disk every job fails, although the node answers every request."""
        for _ in range(FAULTS_TO_CLOSE):
            record_fault(registered_node.pk, NodeUnreachable())
        node.set_faults(full_disk=True)
        assert check_node(read(registered_node)) is False
        assert (read(registered_node).failures, count_usable_nodes()) == (FAULTS_TO_CLOSE + 1, 0)

    def test_a_busy_node_is_not_probed_and_its_head_is_noted(self, registered_node, node):
        Node.objects.update(proven_at=None, failures=1)
        running = node.post(seconds=20.0)
        eventually(lambda: node.queue())
        assert check_node(read(registered_node)) is True
        row = read(registered_node)
        assert (str(row.running_prompt), row.failures) == (running["prompt_id"], 1)
        assert node.post()["number"] - running["number"] == 1

    def test_an_idle_node_that_runs_nothing_is_quarantined_and_comes_back(
        self, registered_node, node, monkeypatch
    ):
        monkeypatch.setattr(looks, "PROOF_S", 0.5)
        Node.objects.update(proven_at=None)
        node.set_faults(zombie=True)
        assert check_node(read(registered_node)) is False
        assert (read(registered_node).trouble, count_usable_nodes()) == (
            "It accepts prompts and runs none. Restart its ComfyUI.",
            0,
        )
        node.set_faults(zombie=False)
        eventually(lambda: not node.queue())
        assert check_node(read(registered_node)) is True
        assert (read(registered_node).trouble, count_usable_nodes()) == ("", 1)

    def test_a_long_prompt_of_another_client_does_not_make_the_node_dead(self, registered_node, node):
        """Such as a render of half an hour: no message of it reaches us."""
        foreign = node.post(seconds=20.0)["prompt_id"]
        eventually(lambda: node.queue())
        check_node(read(registered_node))
        Node.objects.update(running_since=timezone.now() - timedelta(minutes=30))
        assert check_node(read(registered_node)) is True
        row = read(registered_node)
        assert (str(row.running_prompt), row.trouble, count_usable_nodes()) == (foreign, "", 1)

    def test_a_zombie_that_holds_a_prompt_of_another_client_is_found_out_by_its_log(
        self, registered_node, node
    ):
        node.set_faults(zombie=True)
        node.post()
        eventually(lambda: node.queue())
        check_node(read(registered_node))
        assert check_node(read(registered_node)) is True
        Node.objects.update(running_since=timezone.now() - timedelta(seconds=looks.LONG_S + 1))
        assert check_node(read(registered_node)) is False
        assert (read(registered_node).trouble, count_usable_nodes()) == (
            "It accepts prompts and runs none: its log shows a crash. Restart its ComfyUI.",
            0,
        )

    def test_prompts_of_other_clients_are_counted_and_timed(self, registered_node, node):
        node.http.post("/history", json={"clear": True})
        for nonce in range(3):
            node.post(seconds=0.3, nonce=nonce)
        eventually(lambda: not node.queue())
        for nonce in range(4):
            node.post(seconds=20.0, nonce=10 + nonce)
        eventually(lambda: len(node.queue()) == 4)
        check_node(read(registered_node))
        row = read(registered_node)
        assert row.foreign_prompts == 4
        assert 0.2 < row.foreign_seconds < 3.0

    def test_an_older_server_tells_the_times_of_others_too(self, registered_node, node):
        node.set_faults(old_node=True)
        node.http.post("/history", json={"clear": True})
        node.post(seconds=0.3, nonce=21)
        eventually(lambda: not node.queue())
        node.post(seconds=20.0, nonce=22)
        eventually(lambda: node.queue())
        check_node(read(registered_node))
        row = read(registered_node)
        assert (row.foreign_prompts, 0.2 < row.foreign_seconds < 3.0) == (1, True)

    def test_a_node_whose_queue_moves_is_well_however_long_it_is(self, registered_node, node, monkeypatch):
        Node.objects.update(running_prompt=uuid.uuid4(), running_since=timezone.now() - timedelta(hours=1))
        node.post(seconds=20.0)
        eventually(lambda: node.queue())
        assert (check_node(read(registered_node)), count_usable_nodes()) == (True, 1)

    def test_a_probe_that_others_came_before_says_nothing(self, registered_node, node, monkeypatch):
        monkeypatch.setattr(looks, "PROOF_S", 0.3)
        monkeypatch.setattr("jobs.comfy.ComfyClient.count_prompts", lambda *_, **__: 0)
        Node.objects.update(proven_at=None)
        node.post(seconds=20.0)
        eventually(lambda: node.queue())
        assert check_node(read(registered_node)) is True
        assert (read(registered_node).failures, read(registered_node).proven_at) == (0, None)
