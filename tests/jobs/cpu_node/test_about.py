"""The node describes its classes with the same inputs, limits and outputs as the real server."""

from typing import Any

import pytest

from jobs.cpu_node.node import Node
from tests.jobs.cpu_node.golden import read

RECORDED = read("protocol/object_info.json")
# Texts and display details: the node has its own.
OWN_WORDS = {
    "description",
    "display_name",
    "python_module",
    "search_aliases",
    "essentials_category",
    "category",
}
OWN_WORDS |= {"output_tooltips", "experimental", "deprecated"}


def without_own_words(about: dict[str, Any]) -> dict[str, Any]:
    return {key: without_tooltips(value) for key, value in about.items() if key not in OWN_WORDS}


def without_tooltips(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: without_tooltips(item) for key, item in value.items() if key != "tooltip"}
    return [without_tooltips(item) for item in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", RECORDED)
def test_class(name: str, empty_node: Node) -> None:
    (empty_node.files.folder("input") / "photo.png").touch()
    about = empty_node.registry[name].describe(empty_node.files)
    assert without_own_words(about) == without_own_words(RECORDED[name])
    assert sorted(set(about) - {"essentials_category"}) == sorted(
        set(RECORDED[name]) - {"essentials_category"}
    )


@pytest.mark.parametrize("name", ["CheckpointLoaderSimple", "EmptyLatentImage", "VAEDecode"])
def test_class_that_needs_a_model(name: str, empty_node: Node) -> None:
    recorded = read("protocol/object_info_needs_models.json")[name]
    about = empty_node.registry[name].describe(empty_node.files)
    assert without_own_words(about) == without_own_words(recorded)


def test_every_class_of_the_presets_is_there(empty_node: Node) -> None:
    assert sorted(set(RECORDED) - set(empty_node.registry)) == []
