import json
import re
from datetime import datetime, timedelta
from io import StringIO

import httpx2
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from jobs.models import Node
from jobs.nodes import close_links
from tests.jobs.lifecycle import rows


def nodes(*words):
    out = StringIO()
    call_command("nodes", *words, stdout=out)
    return out.getvalue()


@pytest.mark.services
def test_a_node_is_registered_and_looked_at(db, cpu_node):
    assert nodes("add", cpu_node, "--name", "gpu-1", "--slots", "3") == "gpu-1 is registered and works.\n"
    node = Node.objects.get()
    assert (node.name, node.url, node.slots, "SaveImage" in node.classes) == ("gpu-1", cpu_node, 3, True)
    close_links()


def test_a_node_that_is_down_is_registered_all_the_same(db):
    said = nodes("add", "http://127.0.0.1:9")
    assert said.startswith(
        "127-0-0-1-9 is registered and gets jobs once it works. Now it does not: The node cannot be reached. "
    )
    assert (Node.objects.get().seen_at, Node.objects.get().failures) == (None, 1)
    close_links()


@pytest.mark.services
def test_a_server_that_is_too_old_is_told_so(db, cpu_node):
    """Servers before July 2025 run a prompt under an id of their own."""
    httpx2.post(f"{cpu_node}/faults", json={"own_ids": True}, trust_env=False)
    try:
        assert "ComfyUI is too old. Update it to a release after July 2025." in nodes("add", cpu_node)
    finally:
        httpx2.post(f"{cpu_node}/faults", json={"reset": True}, trust_env=False)
    close_links()


GPU = {
    "version": "0.28.0",
    "device": "NVIDIA H100",
    "vram_total": 80 * 2**30,
    "vram_free": 64 * 2**30,
    "rtt_ms": 1.24,
}


def test_list_shows_each_node_and_how_it_is(db):
    later = timezone.now() + timedelta(minutes=5)
    rows.make_node("a", **GPU)
    rows.make_node("b", failures=2, slots=4, state="draining", seen_at=None)
    rows.make_node("c", failures=3, closed_until=later, trouble="Restart it.")
    shown = [line.split(None, 3) for line in nodes("list").splitlines()]
    assert [line[:3] for line in shown[:2]] == [["NAME", "STATE", "HEALTH"], ["a", "active", "well"]]
    assert re.split(r"  +", shown[1][3]) == [
        "0/2", "NVIDIA H100", "64.0/80.0 GiB", "1.2 ms", "0.28.0", "0 s ago", "http://127.0.0.1:9",
    ]  # fmt: skip
    assert " ".join(shown[2]).split()[:6] == ["b", "draining", "2", "faults", "in", "a"]
    assert "never" in shown[2][3]
    assert [" ".join(line[:3]) for line in shown[3:]] == ["c active closed", "! Restart it."]
    assert shown[3][3].startswith("5 min ") or shown[3][3].startswith("4 min ")


def test_list_has_values_for_programs(db, cast):
    node = rows.make_node("a", **GPU)
    slow = rows.slow_preset()
    rows.claim(rows.submit_one(cast.owner, slow), node)
    (shown,) = json.loads(nodes("list", "--json"))
    assert (shown["name"], shown["slots"], shown["slots_in_use"], shown["vram_free"]) == (
        "a",
        2,
        1,
        64 * 2**30,
    )
    assert (shown["health"], shown["closed_until"], shown["rtt_ms"]) == ("well", None, 1.2)
    assert datetime.fromisoformat(shown["seen_at"]) == node.seen_at


def test_without_nodes_the_list_says_what_to_do(db):
    assert nodes("list").startswith("There are no nodes. Register one:")
    assert nodes("list", "--json") == "[]\n"


@pytest.mark.services
def test_a_check_says_what_the_node_is_and_runs_and_lacks(presets, registered_node):
    Node.objects.update(proven_at=None, classes=[], abilities_read_at=timezone.now())
    lines = nodes("check", "cpu-test").splitlines()
    node = Node.objects.get()
    assert re.fullmatch(r"cpu-test works: .+ with ComfyUI [\d.]+, .+, \d+\.\d ms away\.", lines[0]), (
        "the check reads abilities and proof anew"
    )
    assert lines[1] == f"It has {len(node.classes)} node classes and 0 model files."
    able = [slug for slug, offer in presets.items() if not offer.manifest.required_models]
    assert lines[2] == f"It runs {', '.join(able)}."
    assert [line.split(":")[0] for line in lines[3:]] == [
        f"For {slug} it lacks" for slug in presets if slug not in able
    ]
    assert node.proven_at is not None


@pytest.mark.services
def test_a_check_says_why_a_node_that_works_gets_no_jobs(registered_node):
    nodes("drain", "cpu-test")
    assert nodes("check", "cpu-test").splitlines()[-1] == "It gets no new jobs, as it is draining."


def test_a_check_of_a_node_that_is_down_fails_with_the_reason(db):
    rows.make_node("a", failures=2)
    with pytest.raises(CommandError) as told:
        nodes("check", "a")
    first, last = str(told.value).splitlines()
    assert first.startswith("a does not work: ")
    assert re.fullmatch(r"It gets no new jobs: closed \d+ s\.", last), "the third fault in a row closes it"
    close_links()


def test_drain_enable_and_remove(db):
    rows.make_node("a")
    assert nodes("drain", "a") == "a gets no new jobs. It has no prompts.\n"
    assert Node.objects.get().state == "draining"
    assert nodes("enable", "a") == "a is enabled, but does not work yet: see `nodes list`.\n"
    assert Node.objects.get().state == "active"
    assert nodes("remove", "a") == "a is removed.\n"
    assert Node.objects.count() == 0
    close_links()


def test_a_node_with_prompts_says_so_and_is_kept(db, cast):
    node = rows.make_node("a")
    rows.claim(rows.submit_one(cast.owner, rows.slow_preset()), node)
    assert nodes("drain", "a") == "a gets no new jobs. It has 1 prompt left.\n"
    assert nodes("remove", "a") == "a is switched off; its record stays with the jobs it ran.\n"
    assert Node.objects.get().state == "off"


def test_one_address_is_one_node(db):
    rows.make_node("a", url="http://127.0.0.1:9")
    with pytest.raises(CommandError, match="a has that address"):
        nodes("add", "http://127.0.0.1:9/", "--name", "b")
    assert Node.objects.count() == 1


@pytest.mark.parametrize("name", ["gpu 1", "gpu/1", "grün"])
def test_a_name_is_one_that_addresses_can_have(db, name):
    with pytest.raises(CommandError, match="letters, digits"):
        nodes("add", "http://127.0.0.1:9", "--name", name)
    assert Node.objects.count() == 0


@pytest.mark.parametrize("slots", ["0", "-1", "65", "many"])
def test_a_node_has_at_least_one_slot(db, slots):
    with pytest.raises(CommandError, match="between 1 and 64 prompts"):
        nodes("add", "http://127.0.0.1:9", f"--slots={slots}")
    assert Node.objects.count() == 0


@pytest.mark.parametrize("action", ["check", "drain", "enable", "remove"])
def test_an_unknown_name_is_told(db, action):
    rows.make_node("a")
    with pytest.raises(CommandError, match="no node called b"):
        nodes(action, "b")
    assert Node.objects.get().state == "active"


@pytest.mark.parametrize("url", ["gpu-machine:8188", "ws://gpu-machine:8188", "http://"])
def test_half_an_address_is_not_registered(db, url):
    with pytest.raises(CommandError, match="Give the full address"):
        nodes("add", url)
    assert Node.objects.count() == 0
