"""Every recorded case of every node class: the same pixels within its tolerance, the same errors, the same files."""

import json
import re
from typing import Any

import numpy as np
import PIL.Image
import pytest

from jobs.cpu_node.node import Node
from tests.jobs.cpu_node.golden import GOLDEN, last_message, pixels, read, run_graph, shown_pictures

CASES = {name.removesuffix(".json"): read(f"nodes/{name}") for name in read("nodes/index.json")["cases"]}

# Tolerance in levels where the server does not decode with Pillow (see the README of the golden data).
OTHER_DECODER = {"LoadImage/bmp_96x64": 2}


def named(expect: str) -> list[str]:
    return [name for name, case in CASES.items() if case.get("expect") == expect]


def output_entries(case: dict[str, Any], shown: dict[str, Any]) -> list[list[Any]]:
    """Return what the graph put out for each output slot of the node under test, in slot order."""
    showing = [
        node_id
        for node_id, node in case["graph"].items()
        if node["class_type"] in ("SaveImage", "PreviewAny")
    ]
    return [shown[node_id].get("images") or shown[node_id]["text"] for node_id in showing]


@pytest.mark.parametrize("name", named("ok"))
def test_pixels(name: str, gallery: Node) -> None:
    case = CASES[name]
    result = run_graph(gallery, case["graph"])
    assert last_message(result)[0] == "execution_success", last_message(result)
    slots = output_entries(case, result.outputs)
    assert len(slots) == len(case["outputs"])
    tolerance = OTHER_DECODER.get(name, case["tolerance"] and case["tolerance"]["max_abs"])
    for expected, entries in zip(case["outputs"], slots, strict=True):
        if "value" in expected:
            assert entries == [str(expected["value"])]
        elif tolerance is not None:
            compare(tolerance, expected["images"], shown_pictures(gallery, entries))


def compare(tolerance: int, expected: list[dict[str, Any]], pictures: list[np.ndarray]) -> None:
    """Assert that each picture differs from the recorded one by at most `tolerance` levels of 255."""
    for image, picture in zip(expected, pictures, strict=True):
        wanted = pixels(GOLDEN / "nodes" / image["file"])
        assert picture.shape == wanted.shape
        assert int(np.abs(picture - wanted).max()) <= tolerance


@pytest.mark.parametrize("name", named("error"))
def test_errors(name: str, gallery: Node) -> None:
    case = CASES[name]
    kind, about = last_message(run_graph(gallery, case["graph"]))
    assert kind == "execution_error"
    error = {key: about[key] for key in case["error"]} | {
        "exception_message": re.sub(r"'/\S+'", "'<path>'", about["exception_message"])
    }
    assert error == case["error"]


def test_every_case_is_covered() -> None:
    assert sorted(named("ok") + named("error") + named("ui")) == sorted(CASES)
    assert len(CASES) == 209


@pytest.mark.parametrize("name", [name for name in named("ui") if name.startswith("SaveImage")])
def test_saved_files(name: str, empty_node: Node) -> None:
    for run in CASES[name]["runs"]:
        result = run_graph(empty_node, run["graph"], run.get("post_extra", {}).get("extra_data"))
        if "error" in run:
            about = last_message(result)[1]
            hidden = re.sub(r": /\S+", ": <path>", about["exception_message"])
            assert {**{key: about[key] for key in run["error"]}, "exception_message": hidden} == run["error"]
            continue
        assert result.outputs == run["outputs"]
        entries = [entry for shown in result.outputs.values() for entry in shown["images"]]
        assert [file_facts(empty_node, entry) for entry in entries] == run["files"]


def test_temporary_files(empty_node: Node) -> None:
    names = []
    for run in CASES["PreviewImage/temp"]["runs"]:
        entries = run_graph(empty_node, run["graph"]).outputs["2"]["images"]
        names += [re.sub("_[a-z]{5}_", "_letters_", entry["filename"]) for entry in entries]
        facts = [file_facts(empty_node, entry) | {"filename": ""} for entry in entries]
        assert facts == [file | {"filename": ""} for file in run["files"]]
    assert names == [f"ComfyUI_temp_letters_{number:05}_.png" for number in (1, 2, 3)]


def file_facts(node: Node, entry: dict[str, str]) -> dict[str, Any]:
    path = node.files.folder(entry["type"]) / entry["subfolder"] / entry["filename"]
    with PIL.Image.open(path) as image:
        image.load()
        texts = {key: json.loads(value) for key, value in image.info.items()}
        return {
            "filename": entry["filename"],
            "format": image.format,
            "mode": image.mode,
            "size": list(image.size),
            "text_chunks": texts,
        }
