from uuid import uuid4

import pytest

from jobs.comfy import InvalidWorkflow
from jobs.comfy.graph import ancestors, check_prompt, encode_prompt
from tests.jobs.comfy.recordings import graph

GOOD = {"1": {"class_type": "EmptyImage", "inputs": {}}}
PROMPT_ID = "5d193957-dd10-45b3-a16f-3cf263c53898"  # fixed, so test ids are the same in every process


@pytest.mark.parametrize(
    ("prompt", "prompt_id", "client_id"),
    [
        ({}, PROMPT_ID, "c"),
        ([], PROMPT_ID, "c"),
        ({"1": {"class_type": "EmptyImage"}}, PROMPT_ID, "c"),
        ({"1": {"class_type": "EmptyImage", "inputs": None}}, PROMPT_ID, "c"),
        ({"1": {"inputs": {}}}, PROMPT_ID, "c"),
        ({"1": {"class_type": 3, "inputs": {}}}, PROMPT_ID, "c"),
        ({"1": "x"}, PROMPT_ID, "c"),
        ({1: {"class_type": "EmptyImage", "inputs": {}}}, PROMPT_ID, "c"),
        (GOOD, PROMPT_ID.upper(), "c"),
        (GOOD, PROMPT_ID.replace("-", ""), "c"),
        (GOOD, 42, "c"),
        (GOOD, PROMPT_ID, ["a"]),
        (GOOD, PROMPT_ID, None),
    ],
)
def test_poison_is_never_sent(prompt, prompt_id, client_id):
    with pytest.raises(InvalidWorkflow):
        check_prompt(prompt, prompt_id=prompt_id, client_id=client_id)


@pytest.mark.parametrize("preset", ["cinematic", "portrait_pro", "product_glow", "mono_film"])
def test_a_presets_graph_is_safe(preset):
    assert check_prompt(graph(preset), prompt_id=str(uuid4()), client_id="c") is None


def test_numbers_that_json_lacks_are_refused():
    bad = {"1": {"class_type": "EmptyImage", "inputs": {"width": float("nan")}}}
    with pytest.raises(InvalidWorkflow):
        encode_prompt(bad, prompt_id=str(uuid4()), client_id="c")


def test_ancestors_follow_links_only():
    prompt = {
        "1": {"class_type": "A", "inputs": {"word": "2"}},
        "2": {"class_type": "B", "inputs": {}},
        "3": {"class_type": "C", "inputs": {"image": ["1", 0], "other": ["99", 0], "size": [1, 2]}},
    }
    assert ancestors(prompt, ["3"]) == {"1", "3"}


def test_a_cycle_ends():
    prompt = {
        "1": {"class_type": "A", "inputs": {"image": ["2", 0]}},
        "2": {"class_type": "A", "inputs": {"image": ["1", 0]}},
    }
    assert ancestors(prompt, ["1"]) == {"1", "2"}
