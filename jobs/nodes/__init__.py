"""Where prompts run: the registry of nodes, their health, and this process's connections to them."""

from jobs.nodes.capacity import slots_of
from jobs.nodes.health import (
    check_node,
    check_nodes,
    count_usable_nodes,
    nodes_seen_within,
    note_fault,
    note_success,
    usable_nodes,
)
from jobs.nodes.links import NodeLink, close_links, link_to
from jobs.nodes.registry import add_node, get_node, remove_node, set_state

__all__ = [
    "NodeLink",
    "add_node",
    "check_node",
    "check_nodes",
    "close_links",
    "count_usable_nodes",
    "get_node",
    "link_to",
    "nodes_seen_within",
    "note_fault",
    "note_success",
    "remove_node",
    "set_state",
    "slots_of",
    "usable_nodes",
]
