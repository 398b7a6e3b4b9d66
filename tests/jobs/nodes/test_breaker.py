from datetime import timedelta

import pytest
from django.utils import timezone

from jobs.comfy import DiskFull, NodeTimeout, NodeUnreachable, PromptLost
from jobs.enums import NodeState
from jobs.models import Node
from jobs.nodes import (
    count_usable_nodes,
    out_of_sight,
    quarantine,
    record_fault,
    record_loss,
    record_picture,
    record_restart,
    record_success,
    slots_of,
    usable_nodes,
)
from jobs.nodes.breaker import FAULTS_TO_CLOSE, LONGEST_CLOSED_S, LOSSES_TO_BAR, MOST_COUNTED, QUARANTINED_S
from jobs.nodes.registry import unwanted_nodes
from jobs.scheduling.pool import read_pool
from tests.jobs.lifecycle import rows

MILLISECOND = timedelta(milliseconds=1)  # SQLite's clock has no finer step


def fault(node, times=1):
    for _ in range(times):
        record_fault(node.pk, NodeUnreachable(detail="refused"))
    node.refresh_from_db()


def is_closed_for(node, seconds, since):
    """Whether it was closed for so long at some moment from `since` until now."""
    node.refresh_from_db()
    closed_at = node.closed_until - timedelta(seconds=seconds)
    return since - MILLISECOND <= closed_at <= timezone.now() + MILLISECOND


def test_fewer_faults_than_close_it_leave_a_node_in_use(db):
    node = rows.make_node()
    fault(node, FAULTS_TO_CLOSE - 1)
    assert (node.failures, node.closed_until, count_usable_nodes()) == (FAULTS_TO_CLOSE - 1, None, 1)


def test_it_closes_for_a_time_that_doubles_up_to_its_longest(db):
    node, closed = rows.make_node(), []
    fault(node, FAULTS_TO_CLOSE - 1)
    for seconds in (10, 20, 40, LONGEST_CLOSED_S, LONGEST_CLOSED_S):
        before = timezone.now()
        fault(node)
        closed.append(is_closed_for(node, seconds, before))
    assert closed == [True] * 5
    assert list(usable_nodes()) == []


def test_a_full_disk_closes_it_at_once_and_staff_read_why(db):
    node, before = rows.make_node(), timezone.now()
    record_fault(node.pk, DiskFull(detail="[Errno 28]"))
    assert (is_closed_for(node, 10, before), node.failures, count_usable_nodes()) == (
        True,
        FAULTS_TO_CLOSE,
        0,
    )
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
    node, before = rows.make_node(failures=9), timezone.now()
    quarantine(node.pk, "Restart it. " * 100)
    assert is_closed_for(node, QUARANTINED_S, before)
    assert (node.failures, len(node.trouble)) == (9, 200)
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


def lose(node, times=1):
    """Ends so many attempts without a picture, one after the other."""
    for _ in range(times):
        record_loss(Node.objects.get(pk=node.pk), PromptLost())
    node.refresh_from_db()


def test_a_node_away_for_a_week_is_closed_like_one_away_for_minutes(db):
    node, before = rows.make_node(failures=30_000), timezone.now()
    fault(node)
    assert is_closed_for(node, LONGEST_CLOSED_S, before)
    assert node.failures == MOST_COUNTED


def test_losses_in_a_row_bar_it_for_a_growing_time_although_it_runs_tiny_prompts(db):
    node, barred = rows.make_node(), []
    lose(node, LOSSES_TO_BAR - 1)
    assert (node.barred_until, count_usable_nodes()) == (None, 1)
    for _ in range(4):
        before = timezone.now()
        lose(node)
        record_success(node.pk)
        barred.append(round((node.barred_until - before).total_seconds()))
    assert (barred, count_usable_nodes(), slots_of(node)) == ([10, 20, 30, 30], 0, 1)
    node.refresh_from_db()
    assert node.trouble.startswith("Its last 6 prompts brought no picture. The node lost this picture")


def test_a_stored_picture_ends_them(db):
    node = rows.make_node()
    lose(node, LOSSES_TO_BAR)
    record_picture(node.pk)
    node.refresh_from_db()
    assert (node.losses, node.barred_until, node.trouble, count_usable_nodes()) == (0, None, "", 1)


def test_prompts_that_are_lost_together_count_once(db):
    """A restart loses all prompts of a node; their runs have read its row before."""
    node = rows.make_node()
    for seen in [Node.objects.get() for _ in range(8)]:
        record_loss(seen, PromptLost())
    node.refresh_from_db()
    assert (node.losses, node.barred_until) == (1, None)


def test_a_node_that_others_outlive_by_twenty_seconds_is_out_of_sight(db):
    now = timezone.now()
    ages = {"here": 0, "late": 19, "gone": 21}
    nodes = {name: rows.make_node(name, seen_at=now - timedelta(seconds=age)) for name, age in ages.items()}
    assert out_of_sight(nodes.values()) == {nodes["gone"].pk}
    assert [pool.node.name for pool in read_pool()] == ["here", "late"]


def test_where_no_node_is_checked_all_stay_in_sight(db):
    Node.objects.all().delete()
    long_ago = timezone.now() - timedelta(hours=9)
    nodes = [rows.make_node(name, seen_at=long_ago) for name in ("a", "b")]
    assert out_of_sight([*nodes, rows.make_node("new", seen_at=None)]) == set()
