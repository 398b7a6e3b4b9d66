"""Graphs of the recorded presets with parameters written into them."""

from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image

from tests.jobs.cpu_node.golden import read


def bind(preset: str, values: dict[str, Any]) -> dict[str, Any]:
    """Return a preset's graph with `values` written to the inputs that its bindings name."""
    graph = read(f"presets/{preset}.api.json")
    parameters = {entry["name"]: entry for entry in read(f"presets/{preset}.bindings.json")["parameters"]}
    for name, value in values.items():
        write(graph, parameters[name], value)
    return graph


def write(graph: dict[str, Any], parameter: dict[str, Any], value: Any) -> None:
    if parameter["type"] == "choice":
        option = next(option for option in parameter["choices"] if option["value"] == value)
        for target in option["set"]:
            graph[target["node"]]["inputs"][target["input"]] = target["value"]
        return
    if parameter["type"] == "boolean":
        value = 1.0 if value else 0.0
    for target in parameter["targets"]:
        graph[target["node"]]["inputs"][target["input"]] = value


def save_as_png(photo: Path, target: Path) -> None:
    """Save the photo as Creator uploads it: an 8-bit RGB PNG."""
    with PIL.Image.open(photo) as image:
        image.convert("RGB").save(target, compress_level=1)


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    """Peak signal-to-noise ratio of 8-bit pictures, in dB; infinite for equal ones."""
    error = float(np.mean((a - b) ** 2))
    return float("inf") if error == 0 else 10 * float(np.log10(255**2 / error))
