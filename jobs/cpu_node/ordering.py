"""Which nodes of a graph run, and in which order."""

from collections.abc import Callable
from typing import Any

from jobs.cpu_node.cache import links_of

Graph = dict[str, Any]


def collect(graph: Graph, outputs: list[str], is_cached: Callable[[str], bool]) -> list[str]:
    """The outputs, and the nodes they need that are not cached. Depth first, the last source first."""
    found: dict[str, None] = {}
    # The real server has no fixed order of outputs. Those that need the fewest nodes first: stages show in order.
    for output in sorted(outputs, key=lambda output: (len(reachable(graph, output)), output)):
        waiting = [output]
        while waiting:
            node_id = waiting.pop()
            if node_id in found:
                continue
            found[node_id] = None
            if node_id in outputs and is_cached(node_id):
                continue
            sources = [str(link[0]) for link in links_of(graph[node_id])]
            waiting += [source for source in sources if source not in found and not is_cached(source)]
    return list(found)


def arrange(graph: Graph, nodes: list[str], is_output: Callable[[str], bool]) -> list[str]:
    """An order in which every node comes after the nodes it is linked to.

    Among the nodes that can run, outputs go first, then nodes one or two steps before an output, to show something
    early. Ties go to the node found first.
    """
    sources = {node: {str(link[0]) for link in links_of(graph[node])} & set(nodes) for node in nodes}
    users = {node: [user for user in nodes if node in sources[user]] for node in nodes}
    nearness = {node: _nearness(node, users, is_output) for node in nodes}
    order: list[str] = []
    left = dict.fromkeys(nodes)
    while left:
        ready = [node for node in left if not sources[node] & left.keys()]
        chosen = min(ready, key=lambda node: nearness[node])
        order.append(chosen)
        del left[chosen]
    return order


def _nearness(node: str, users: dict[str, list[str]], is_output: Callable[[str], bool]) -> int:
    """0 for an output, 1 or 2 for a node that many steps before one, else 3."""
    if is_output(node):
        return 0
    if any(is_output(user) for user in users[node]):
        return 1
    return 2 if any(is_output(last) for user in users[node] for last in users[user]) else 3


def reachable(graph: Graph, *nodes: str) -> set[str]:
    """The given nodes and every node they depend on."""
    found, waiting = set[str](), list(nodes)
    while waiting:
        node_id = waiting.pop()
        if node_id not in found:
            found.add(node_id)
            waiting += [str(link[0]) for link in links_of(graph[node_id])]
    return found
