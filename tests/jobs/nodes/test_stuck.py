import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from jobs.models import Node
from jobs.nodes.stuck import MARGIN_S, PROBE_BOUND_S, record_running_prompt
from tests.jobs.lifecycle import rows

PROBE = uuid.UUID("0000c0de-0000-4000-8000-000000000001")


def stands_for(node, head, seconds):
    Node.objects.update(running_prompt=head, running_since=timezone.now() - timedelta(seconds=seconds))
    node.refresh_from_db()
    return record_running_prompt(node, head)


@pytest.fixture
def ours(cast, slow):
    """The prompt id of a claimed job whose preset may run for 60 s."""
    node = rows.make_node()
    rows.claim(rows.submit_one(cast.owner, slow), node)
    return node.attempts.get().prompt_id


def test_a_new_head_is_noted_with_its_time_and_an_empty_queue_with_none(db):
    node, head = rows.make_node(), uuid.uuid4()
    assert record_running_prompt(node, head) is False
    node.refresh_from_db()
    assert (node.running_prompt, node.running_since is None) == (head, False)
    assert record_running_prompt(node, None) is False
    node.refresh_from_db()
    assert (node.running_prompt, node.running_since) == (None, None)


@pytest.mark.parametrize(
    ("seconds", "stuck"), [(60, False), (60 + MARGIN_S - 2, False), (60 + MARGIN_S + 1, True)]
)
def test_a_prompt_of_ours_has_its_presets_bound(ours, seconds, stuck):
    assert stands_for(Node.objects.get(), ours, seconds) is stuck


@pytest.mark.parametrize("seconds", [180, 3600, 86_400])
def test_a_prompt_of_another_client_may_run_as_long_as_it_takes(ours, seconds):
    assert stands_for(Node.objects.get(), uuid.uuid4(), seconds) is False


def test_a_probe_has_the_shortest(ours):
    node = Node.objects.get()
    assert (stands_for(node, PROBE, PROBE_BOUND_S - 2), stands_for(node, PROBE, PROBE_BOUND_S + 1)) == (
        False,
        True,
    )


def test_a_look_that_was_slow_does_not_turn_the_clock_back(db):
    """Another checker has recorded a newer running prompt since this one read the row."""
    seen, newer = rows.make_node(), uuid.uuid4()
    Node.objects.update(running_prompt=newer, running_since=timezone.now())
    assert record_running_prompt(seen, uuid.uuid4()) is False
    assert Node.objects.get().running_prompt == newer
