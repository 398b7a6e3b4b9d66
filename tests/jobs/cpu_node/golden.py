"""Reads the recorded pictures and exchanges, and runs a graph without a server."""

import json
import uuid
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image

from jobs.cpu_node.node import Node
from jobs.cpu_node.prompts import Prompt, Result
from jobs.cpu_node.validation import validate

GOLDEN = Path(__file__).parent.parent.parent / "golden"


def read(path: str) -> Any:
    return json.loads((GOLDEN / path).read_text())


def run_graph(node: Node, graph: dict[str, Any], extra_data: dict[str, Any] | None = None) -> Result:
    verdict = validate(graph, None, node.registry, node.files)
    assert verdict.error is None, verdict
    assert verdict.node_errors == {}
    return node.executor.run(Prompt(0, str(uuid.uuid4()), graph, extra_data or {}, verdict.outputs))


def last_message(result: Result) -> tuple[str, dict[str, Any]]:
    return result.messages[-1]


def pixels(path: Path) -> np.ndarray:
    with PIL.Image.open(path) as image:
        return np.asarray(image).astype(int)


def shown_pictures(node: Node, entries: list[dict[str, str]]) -> list[np.ndarray]:
    return [
        pixels(node.files.folder(entry["type"]) / entry["subfolder"] / entry["filename"]) for entry in entries
    ]
