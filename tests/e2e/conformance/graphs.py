"""Small prompts of core nodes. No call returns a graph that is already cached, unless it fixes the colour."""

import random
from typing import Any
from uuid import uuid4

Graph = dict[str, dict[str, Any]]


def fresh_prefix() -> str:
    return f"jobs/{uuid4()}/1/out"


def colour(prefix: str, color: int | None = None) -> Graph:
    """A plain 32 x 24 picture, which node 2 saves under `prefix`."""
    inputs = {
        "width": 32,
        "height": 24,
        "batch_size": 1,
        "color": random.randrange(1 << 24) if color is None else color,
    }
    return {
        "1": {"class_type": "EmptyImage", "inputs": inputs},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": prefix}},
    }


def from_upload(name: str, prefix: str) -> Graph:
    """An uploaded picture, which node 2 saves again under `prefix`."""
    return {
        "1": {"class_type": "LoadImage", "inputs": {"image": name}},
        "2": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": prefix}},
    }


def failing(name: str) -> Graph:
    """A prompt that fails while it runs: node 3 asks for the alpha channel of a picture that has none."""
    graph = from_upload(name, fresh_prefix())
    graph["2"]["inputs"]["images"] = ["4", 0]
    graph["3"] = {"class_type": "ImageToMask", "inputs": {"image": ["1", 0], "channel": "alpha"}}
    graph["4"] = {"class_type": "MaskToImage", "inputs": {"mask": ["3", 0]}}
    return graph


def with_test_node(class_type: str, **inputs: Any) -> Graph:
    """A plain picture that passes through a test node (node 3) before node 2 saves it."""
    graph = colour(fresh_prefix())
    graph["3"] = {
        "class_type": class_type,
        "inputs": {"image": ["1", 0], "nonce": random.randrange(2**53), **inputs},
    }
    graph["2"]["inputs"]["images"] = ["3", 0]
    return graph


def slow_steps(seconds: float, *, steps: int = 50, preview: bool = False) -> Graph:
    return with_test_node("TestSlowSteps", seconds=seconds, steps=steps, preview=preview)


def slow_core(blurs: int) -> Graph:
    """A slow prompt for servers without test nodes: `blurs` costly core nodes, interruptible in between."""
    graph = colour(fresh_prefix())
    graph["1"]["inputs"].update(width=512, height=512)
    for number in range(blurs):
        source = str(100 + number - 1) if number else "1"
        inputs = {"image": [source, 0], "blur_radius": 12, "sigma": 1.0}
        graph[str(100 + number)] = {"class_type": "ImageBlur", "inputs": inputs}
    graph["2"]["inputs"]["images"] = [str(100 + blurs - 1), 0]
    return graph
