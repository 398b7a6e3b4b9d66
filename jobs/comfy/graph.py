"""Checks whether a graph in ComfyUI's API format is safe to send, and finds what its nodes depend on."""

import json
from collections.abc import Iterable, Mapping
from uuid import UUID

from jobs.comfy.errors import InvalidWorkflow
from jobs.comfy.types import Graph


def check_prompt(graph: Graph, *, prompt_id: str, client_id: str) -> None:
    """Refuses a prompt that would damage the ComfyUI process. Raises InvalidWorkflow.

    ComfyUI accepts a node without `inputs` and then loses its worker thread permanently; a `client_id` that
    is not a string ends the whole process.
    """
    if not isinstance(graph, Mapping) or not graph:
        raise InvalidWorkflow(detail="the graph is empty or not an object")
    for node_id, node in graph.items():
        _check_node(node_id, node)
    if not isinstance(client_id, str):
        raise InvalidWorkflow(detail="client_id is not a string")
    if not _is_canonical_uuid(prompt_id):
        raise InvalidWorkflow(detail="prompt_id is not a lowercase, hyphenated UUID")


def encode_prompt(graph: Graph, *, prompt_id: str, client_id: str) -> bytes:
    """Returns the body of `POST /prompt`. Raises InvalidWorkflow for values outside JSON (NaN, objects)."""
    body = {"prompt": graph, "prompt_id": prompt_id, "client_id": client_id}
    try:
        return json.dumps(body, allow_nan=False).encode()
    except (ValueError, TypeError) as error:
        raise InvalidWorkflow(detail=str(error)) from error


def ancestors(graph: Graph, roots: Iterable[str]) -> frozenset[str]:
    """Returns the roots and every node they depend on through links; ignores ids outside the graph."""
    found: set[str] = set()
    waiting = [root for root in roots if root in graph]
    while waiting:
        node_id = waiting.pop()
        if node_id not in found:
            found.add(node_id)
            waiting += [link for link in _links(graph, node_id) if link not in found]
    return frozenset(found)


def _links(graph: Graph, node_id: str) -> list[str]:
    values = graph[node_id].get("inputs", {}).values()
    heads = [value[0] for value in values if isinstance(value, list) and len(value) == 2]
    return [head for head in heads if isinstance(head, str) and head in graph]


def _check_node(node_id: object, node: object) -> None:
    if not isinstance(node_id, str) or not isinstance(node, Mapping):
        raise InvalidWorkflow(detail=f"node {node_id!r} is not an object with a string id")
    if not isinstance(node.get("inputs"), Mapping):
        raise InvalidWorkflow(detail=f"node {node_id!r} has no inputs object")
    if not isinstance(node.get("class_type"), str) or not node["class_type"]:
        raise InvalidWorkflow(detail=f"node {node_id!r} has no class_type")


def _is_canonical_uuid(value: object) -> bool:
    try:
        return isinstance(value, str) and str(UUID(value)) == value
    except ValueError:
        return False
