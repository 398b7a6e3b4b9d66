from datetime import timedelta

import pytest
from django.utils import timezone

from jobs.comfy import DiskFull, NodeTimeout, NodeUnreachable
from jobs.enums import NodeState
from jobs.models import Node
from jobs.nodes import (
    count_usable_nodes,
    quarantine,
    record_fault,
    record_restart,
    record_success,
    usable_nodes,
)
from jobs.nodes.breaker import FAULTS_TO_CLOSE, LONGEST_CLOSED_S, QUARANTINED_S
from jobs.nodes.registry import unwanted_nodes
from tests.jobs.lifecycle import rows


def fault(node, times=1):
    for _ in range(times):
        record_fault(node.pk, NodeUnreachable(detail="refused"))
    node.refresh_from_db()


def closed_s(node):
    node.refresh_from_db()
    return round((node.closed_until - timezone.now()).total_seconds())


def test_fewer_faults_than_close_it_leave_a_node_in_use(db):
    node = rows.make_node()
    fault(node, FAULTS_TO_CLOSE - 1)
    assert (node.failures, node.closed_until, count_usable_nodes()) == (FAULTS_TO_CLOSE - 1, None, 1)


def test_it_closes_for_a_time_that_doubles_up_to_its_longest(db):
    node, closed = rows.make_node(), []
    fault(node, FAULTS_TO_CLOSE - 1)
    for _ in range(5):
        fault(node)
        closed.append(closed_s(node))
    assert closed == [10, 20, 40, LONGEST_CLOSED_S, LONGEST_CLOSED_S]
    assert list(usable_nodes()) == []


def test_a_full_disk_closes_it_at_once_and_staff_read_why(db):
    node = rows.make_node()
    record_fault(node.pk, DiskFull(detail="[Errno 28]"))
    assert (closed_s(node), node.failures, count_usable_nodes()) == (10, FAULTS_TO_CLOSE, 0)
    assert node.trouble == "The node has no disk space left. [Errno 28]"


def test_of_several_who_saw_the_same_fault_one_counts_it(db):
    node = rows.make_node(failures=1)
    for _ in range(3):
        record_fault(node.pk, NodeTimeout(), known=1)
    node.refresh_from_db()
    assert node.failures == 2


def test_a_prompt_that_ran_opens_it(db):
    node = rows.make_node()
    fault(node, FAULTS_TO_CLOSE)
    assert node.trouble == "The node cannot be reached. refused"
    record_success(node.pk)
    node.refresh_from_db()
    assert (node.failures, node.closed_until, node.trouble, count_usable_nodes()) == (0, None, "", 1)
    assert node.proven_at is not None


def test_a_quarantined_node_is_closed_for_long_with_words(db):
    node = rows.make_node(failures=9)
    quarantine(node.pk, "Restart it. " * 100)
    assert (closed_s(node), node.failures, len(node.trouble)) == (QUARANTINED_S, 9, 200)
    assert count_usable_nodes() == 0


def test_a_restart_is_counted_once_by_all_who_saw_the_same_row(db):
    node = rows.make_node()
    same_row = Node.objects.get()
    assert [record_restart(seen) for seen in (node, same_row, node)] == [True, False, False]
    node.refresh_from_db()
    assert record_restart(node) is True  # the next restart
    node.refresh_from_db()
    assert (node.restarts, node.abilities_read_at, node.running_prompt) == (2, None, None)


@pytest.fixture
def five(db):
    """Nodes in every state that decides whether they get jobs."""
    later, before = timezone.now() + timedelta(minutes=1), timezone.now() - timedelta(seconds=1)
    rows.make_node("usable")
    rows.make_node("reopened", closed_until=before, failures=3)
    rows.make_node("draining", state=NodeState.DRAINING)
    rows.make_node("off", state=NodeState.OFF)
    rows.make_node("never-seen", seen_at=None)
    rows.make_node("closed", closed_until=later)


def test_what_is_usable_is_wanted_seen_and_open(five):
    assert [node.name for node in usable_nodes()] == ["reopened", "usable"]


def test_nothing_should_wait_on_what_is_not_wanted_or_closed(five):
    every = {node.pk: node.name for node in Node.objects.all()}
    assert {every[pk] for pk in unwanted_nodes(every)} == {"draining", "off", "closed"}
    assert unwanted_nodes([]) == set()
