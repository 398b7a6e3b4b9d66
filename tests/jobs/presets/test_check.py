"""The checker finds each way in which a preset can be broken."""

import copy

import pytest

from jobs.presets.check import check_preset
from jobs.presets.manifest import from_json
from jobs.presets.shipped import ShippedPreset
from tests.jobs.presets.golden import shipped


def broken(slug="mono_film", *, graph=None, manifest=None):
    """Return a copy of a shipped preset after `graph(workflow)` and `manifest(data)` changed it in place."""
    preset = shipped(slug)
    workflow, data = copy.deepcopy(preset.workflow), copy.deepcopy(preset.manifest.to_json())
    if graph:
        graph(workflow)
    if manifest:
        manifest(data)
    return ShippedPreset(from_json(data), workflow, "")


def setter(*path, to):
    def change(data):
        for key in path[:-1]:
            data = data[key]
        data[path[-1]] = to

    return change


def add_loader(workflow):
    workflow["77"] = {"class_type": "LoadImage", "inputs": {"image": "photo.png"}}


def add_saver(workflow):
    workflow["77"] = {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "x"}}


@pytest.mark.parametrize(
    ("graph", "manifest", "problem"),
    [
        (setter("805", "inputs", to=None), None, "node 805: has no inputs"),
        (
            setter("805", to={"inputs": {}}),
            None,
            "node 805: has no class_type (was it exported in the API format?)",
        ),
        (
            setter("9", "inputs", "images", to=["99", 0]),
            None,
            "node 9: images is linked to node 99, which does not exist",
        ),
        (setter("2", "inputs", "image", to=["2", 0]), None, "node 2 depends on itself"),
        (
            setter("2", "inputs", "largest_size", to=["3", 0]),
            None,
            "size: 2.largest_size is linked to another node",
        ),
        (None, setter("output_node", to="2"), "output node 2 is not a SaveImage"),
        (None, setter("output_node", to="nothing"), "output node nothing is not a SaveImage"),
        (None, setter("stages", 0, "node", to="99"), "stage Bringing out detail: no node 99"),
        (None, setter("weights", "99", to=1), "weights: no node 99"),
        (None, setter("parameters", 1, "targets", to=["99.x"]), "strength: the graph has no input 99.x"),
        (None, setter("parameters", 1, "targets", to=["500.x"]), "strength: the graph has no input 500.x"),
        (None, setter("required_classes", 0, to="Nothing"), "required class Nothing is not in the graph"),
        (
            setter("9", "class_type", to="Unknown"),
            None,
            "class Unknown of the graph is missing from required_classes",
        ),
        (add_loader, None, "node 77: LoadImage keeps the template's file"),
        (add_saver, None, "node 77: SaveImage keeps the template's prefix"),
    ],
)
def test_each_fault_is_named(graph, manifest, problem):
    problems = check_preset(broken(graph=graph, manifest=manifest))
    assert [found for found in problems if found == problem] == [problem]


def test_a_needed_prompt_must_have_a_good_example():
    problems = check_preset(broken("text_to_image", manifest=setter("parameters", 0, "example", to="")))
    assert problems == ["prompt: example or default: Enter at least 1 character."]


def test_a_cycle_of_several_nodes_is_found():
    def close_cycle(workflow):
        workflow["100"]["inputs"]["image"] = ["105", 0]

    assert [p for p in check_preset(broken(graph=close_cycle)) if "depends on itself" in p] != []


def test_an_untouched_copy_is_sound():
    assert check_preset(broken()) == []
