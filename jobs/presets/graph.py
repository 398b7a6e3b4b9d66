"""A ComfyUI graph in the API format: node id -> {"class_type", "inputs", "_meta"}.

An input is a literal or a link `[node id, output slot]`. ComfyUI's "Export (API)" writes this format and
`POST /prompt` accepts it.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

Graph = dict[str, dict[str, Any]]


class GraphError(ValueError):
    """The data is not a graph in the API format; the message names the node and the problem."""


def parse_graph(data: object) -> Graph:
    """Return `data` as a graph; GraphError if a node lacks `class_type` or `inputs`.

    ComfyUI would answer 500 to such a node.
    """
    if not isinstance(data, dict) or not data:
        raise GraphError("a graph is an object of nodes and has at least one")
    for node_id, node in data.items():
        if not isinstance(node_id, str) or not isinstance(node, dict):
            raise GraphError(f"node {node_id}: must be an object")
        if not isinstance(node.get("class_type"), str):
            raise GraphError(f"node {node_id}: has no class_type (was it exported in the API format?)")
        if not isinstance(node.get("inputs"), dict):
            raise GraphError(f"node {node_id}: has no inputs")
    return data


def load_graph(text: str) -> Graph:
    """Return the graph in a `workflow.json`; GraphError for anything else."""
    try:
        return parse_graph(json.loads(text))
    except (json.JSONDecodeError, RecursionError) as error:
        raise GraphError(f"not JSON: {error}") from error


def is_link(value: object) -> bool:
    """Tell whether an input's value is a link to another node's output."""
    return (
        isinstance(value, list)
        and len(value) == 2
        and isinstance(value[0], str)
        and isinstance(value[1], int)
        and not isinstance(value[1], bool)
    )


def links_of(graph: Mapping[str, Mapping[str, Any]], node_id: str) -> Iterator[tuple[str, str]]:
    """Yield (input name, source node id) for each linked input of one node."""
    for name, value in graph[node_id]["inputs"].items():
        if is_link(value):
            yield name, value[0]


def classes_of(graph: Mapping[str, Mapping[str, Any]]) -> frozenset[str]:
    """Return the node classes that a server needs to run the graph."""
    return frozenset(node["class_type"] for node in graph.values())


def find_cycle(graph: Mapping[str, Mapping[str, Any]]) -> str | None:
    """Return a node that depends on itself, or None. Links to absent nodes are skipped."""
    sources = {node: {source for _, source in links_of(graph, node) if source in graph} for node in graph}
    while ready := [node for node, needs in sources.items() if not needs]:
        for node in ready:
            del sources[node]
        for needs in sources.values():
            needs.difference_update(ready)
    return next(iter(sources), None)
