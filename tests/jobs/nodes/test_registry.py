import uuid

import pytest

from creator.lib.errors import Refused
from jobs.enums import NodeState
from jobs.models import Node
from jobs.nodes import add_node, get_node, remove_node, set_state
from tests.jobs.lifecycle import rows


def test_a_new_node_is_active_with_the_configured_slots(db, settings):
    node = add_node(name="n1", url="http://10.0.0.7:8188/")
    assert (node.url, node.state, node.slots) == (
        "http://10.0.0.7:8188",
        "active",
        settings.CONFIG.slots_per_node,
    )
    assert (node.seen_at, node.classes) == (None, [])


def test_a_known_name_moves_and_starts_with_a_clean_slate(db):
    past = {
        "rtt_ms": 90.0,
        "trouble": "It is slow.",
        "running_prompt": uuid.uuid4(),
        "proven_at": rows.timezone.now(),
        "deaf_since": rows.timezone.now(),
        "foreign_prompts": 3,
        "foreign_seconds": 40.0,
        "last_need": "a",
    }
    old = rows.make_node("n1", failures=7, closed_until=rows.timezone.now(), state=NodeState.OFF, **past)
    moved = add_node(name="n1", url="http://10.0.0.8:8188", slots=5)
    assert (moved.pk, moved.url, moved.slots, moved.state) == (old.pk, "http://10.0.0.8:8188", 5, "active")
    assert (moved.failures, moved.closed_until, moved.abilities_read_at) == (0, None, None)
    assert (moved.rtt_ms, moved.trouble, moved.running_prompt, moved.proven_at) == (None, "", None, None)
    assert (moved.deaf_since, moved.foreign_prompts, moved.foreign_seconds, moved.last_need) == (
        None,
        0,
        None,
        "",
    )
    assert Node.objects.count() == 1


def test_an_unknown_name_is_not_found(db):
    rows.make_node("other")
    with pytest.raises(Refused) as caught:
        get_node("n1")
    assert caught.value.code == "not_found"


@pytest.mark.parametrize("state", NodeState)
def test_staff_say_what_they_want_of_a_node(db, state):
    node = rows.make_node()
    set_state(node, state)
    assert get_node("n1").state == state


def test_a_node_that_ran_nothing_is_forgotten(db):
    assert remove_node(rows.make_node()) is True
    assert Node.objects.count() == 0


def test_a_node_that_ran_something_is_kept_and_switched_off(cast, slow):
    node = rows.make_node()
    rows.claim(rows.submit_one(cast.owner, slow), node)
    assert remove_node(node) is False
    assert get_node("n1").state == NodeState.OFF
