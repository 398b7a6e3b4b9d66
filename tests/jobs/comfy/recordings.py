"""Reads the recorded exchanges with a real server."""

import base64
import json
from pathlib import Path
from typing import Any

GOLDEN = Path(__file__).resolve().parents[2] / "golden"
SCENARIOS = sorted(path.stem for path in (GOLDEN / "protocol").glob("*.jsonl"))


def lines(scenario: str) -> list[dict[str, Any]]:
    """Every line of one recording after its header; `scenario` may be the number alone ("07")."""
    (path,) = (GOLDEN / "protocol").glob(f"{scenario}*.jsonl")
    return [json.loads(line) for line in path.read_text().splitlines()[1:]]


def socket_messages(scenario: str) -> list[str | bytes]:
    """The messages that the server sent on its sockets, in order: text as JSON, binary frames as bytes."""
    received = [line for line in lines(scenario) if line.get("channel") == "ws" and line["dir"] == "recv"]
    binary = [base64.b64decode(line["binary_b64"]) if "binary_b64" in line else None for line in received]
    return [
        frame if frame is not None else json.dumps(line["body"])
        for line, frame in zip(received, binary, strict=True)
        if frame is not None or "body" in line
    ]


def http_answers(scenario: str, path: str) -> list[dict[str, Any]]:
    """The answers to every request whose path starts with `path`."""
    asked = {
        line["id"]
        for line in lines(scenario)
        if line["dir"] == "send" and line.get("path", "").startswith(path)
    }
    return [line for line in lines(scenario) if line["dir"] == "recv" and line.get("id") in asked]


def graph(preset: str) -> dict[str, Any]:
    """One preset's graph."""
    return json.loads((GOLDEN / "presets" / f"{preset}.api.json").read_text())


def bindings(preset: str) -> dict[str, Any]:
    """One preset's bindings (stages, node times, output node)."""
    return json.loads((GOLDEN / "presets" / f"{preset}.bindings.json").read_text())
