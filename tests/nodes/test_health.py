from datetime import timedelta

import pytest
from django.utils import timezone

from jobs.comfy import NodeUnreachable
from jobs.enums import NodeState
from jobs.models import Node
from jobs.nodes import (
    check_node,
    check_nodes,
    close_links,
    count_usable_nodes,
    note_fault,
    note_success,
    usable_nodes,
)
from jobs.nodes.health import FAULTS_TO_CLOSE, LONGEST_CLOSED_S
from tests.lifecycle import rows


def fault(node, times=1):
    for _ in range(times):
        note_fault(node.pk, NodeUnreachable())
    node.refresh_from_db()


@pytest.fixture
def down(db):
    """A node at whose address nobody answers."""
    yield rows.make_node("down", seen_at=None)
    close_links()


def test_fewer_faults_than_close_it_leave_a_node_in_use(db):
    node = rows.make_node()
    fault(node, FAULTS_TO_CLOSE - 1)
    assert (node.failures, node.closed_until, count_usable_nodes()) == (FAULTS_TO_CLOSE - 1, None, 1)


def test_the_breaker_closes_for_a_time_that_doubles_up_to_its_longest(db):
    node, closed = rows.make_node(), []
    fault(node, FAULTS_TO_CLOSE - 1)
    for _ in range(8):
        before = timezone.now()
        fault(node)
        closed.append(round((node.closed_until - before).total_seconds()))
    assert closed == [1, 2, 4, 8, 16, 32, LONGEST_CLOSED_S, LONGEST_CLOSED_S]
    assert list(usable_nodes()) == []


def test_a_success_opens_it(db):
    node = rows.make_node()
    fault(node, FAULTS_TO_CLOSE)
    note_success(node.pk)
    node.refresh_from_db()
    assert (node.failures, node.closed_until, count_usable_nodes()) == (0, None, 1)


def test_what_is_usable_is_wanted_seen_and_open(db):
    usable = rows.make_node("usable")
    rows.make_node("reopened", closed_until=timezone.now() - timedelta(seconds=1), failures=3)
    rows.make_node("draining", state=NodeState.DRAINING)
    rows.make_node("off", state=NodeState.OFF)
    rows.make_node("never-seen", seen_at=None)
    rows.make_node("closed", closed_until=timezone.now() + timedelta(minutes=1))
    assert [node.name for node in usable_nodes()] == ["reopened", usable.name]


def test_a_node_that_does_not_answer_is_at_fault(down):
    assert check_node(down) is False
    down.refresh_from_db()
    assert (down.failures, down.seen_at) == (1, None)


def test_nodes_that_are_off_are_left_alone(down):
    Node.objects.update(state=NodeState.OFF)
    check_nodes()
    down.refresh_from_db()
    assert down.failures == 0


@pytest.mark.services
class TestRealNode:
    """Looks at a node that answers."""

    def test_a_look_notes_what_it_is_and_can(self, registered_node):
        node = registered_node
        assert (node.failures, node.closed_until, node.seen_at is None) == (0, None, False)
        assert {"EmptyImage", "SaveImage", "TestSlowSteps"} <= set(node.classes)
        assert (bool(node.version), bool(node.device)) == (True, True)

    def test_abilities_are_read_again_after_a_while_and_not_before(self, registered_node):
        for age, classes in ((30, []), (90, None)):
            read_at = timezone.now() - timedelta(seconds=age)
            Node.objects.update(classes=[], abilities_read_at=read_at)
            registered_node.refresh_from_db()
            assert check_node(registered_node) is True
            registered_node.refresh_from_db()
            assert (registered_node.classes == []) is (classes == [])

    def test_an_idle_node_that_failed_proves_itself_by_a_prompt(self, registered_node, node):
        fault(registered_node, FAULTS_TO_CLOSE)
        assert check_node(registered_node) is True
        registered_node.refresh_from_db()
        assert (registered_node.failures, registered_node.closed_until) == (0, None)

    def test_answers_alone_do_not_open_the_breaker(self, registered_node, node):
        """A full disk fails every job, and the node answers all questions."""
        fault(registered_node, FAULTS_TO_CLOSE)
        node.set_faults(full_disk=True)
        assert check_node(registered_node) is False
        registered_node.refresh_from_db()
        assert (registered_node.failures, count_usable_nodes()) == (FAULTS_TO_CLOSE + 1, 0)

    def test_a_node_with_a_prompt_is_left_to_how_that_ends(self, registered_node, node, cast, slow):
        rows.claim(rows.submit_one(cast.owner, slow), registered_node)
        fault(registered_node)
        before = node.posts()
        assert check_node(registered_node) is True
        registered_node.refresh_from_db()
        assert (registered_node.failures, node.posts() - before) == (1, 1)
