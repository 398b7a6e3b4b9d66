from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from jobs.models import Node
from jobs.nodes import close_links
from tests.lifecycle import rows


def nodes(*words):
    out = StringIO()
    call_command("nodes", *words, stdout=out)
    return out.getvalue()


@pytest.mark.services
def test_a_node_is_registered_and_looked_at(db, cpu_node):
    assert nodes("add", cpu_node, "--name", "gpu-1", "--slots", "3") == "gpu-1 is registered and answers.\n"
    node = Node.objects.get()
    assert (node.name, node.url, node.slots, "SaveImage" in node.classes) == ("gpu-1", cpu_node, 3, True)
    close_links()


def test_a_node_that_is_down_is_registered_all_the_same(db):
    words = "127-0-0-1-9 is registered and does not answer yet; it gets jobs once it does.\n"
    assert nodes("add", "http://127.0.0.1:9") == words
    assert (Node.objects.get().seen_at, Node.objects.get().failures) == (None, 1)
    close_links()


def test_list_shows_each_node_and_how_it_is(db):
    rows.make_node("a", version="0.28.0")
    rows.make_node("b", failures=2, slots=4, state="draining")
    assert nodes("list").splitlines() == [
        "a\tactive\twell\t2 slots\t0.28.0\thttp://127.0.0.1:9",
        "b\tdraining\t2 faults in a row\t4 slots\t\thttp://127.0.0.1:9",
    ]


def test_drain_enable_and_remove(db):
    rows.make_node("a")
    for action, state in (("drain", "draining"), ("enable", "active")):
        nodes(action, "a")
        assert Node.objects.get().state == state
    nodes("remove", "a")
    assert Node.objects.count() == 0


@pytest.mark.parametrize("action", ["drain", "enable", "remove"])
def test_an_unknown_name_is_told(db, action):
    rows.make_node("a")
    with pytest.raises(CommandError, match="no node called b"):
        nodes(action, "b")
    assert Node.objects.get().state == "active"


@pytest.mark.parametrize("url", ["gpu-machine:8188", "ws://gpu-machine:8188"])
def test_half_an_address_is_not_registered(db, url):
    with pytest.raises(CommandError, match="Write the whole address"):
        nodes("add", url)
    assert Node.objects.count() == 0
