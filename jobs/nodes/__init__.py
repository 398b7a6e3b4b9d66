"""Nodes, on which prompts run: their registry, their health, and this process's connections to them.

Knows node rows and nodes. Of jobs it knows only which prompt belongs to which preset version;
`jobs.execution` decides what a fault means for a job.
"""

from jobs.nodes.breaker import (
    count_usable_nodes,
    forget_abilities,
    is_closed,
    is_closed_at,
    nodes_seen_within,
    out_of_sight,
    quarantine,
    record_deaf,
    record_fault,
    record_loss,
    record_picture,
    record_restart,
    record_success,
    usable_nodes,
)
from jobs.nodes.capacity import RESULTS_BESIDE, slots_of
from jobs.nodes.files import PHOTO_FOLDER, clear_nodes, forget_files, leave_photos
from jobs.nodes.health import check_node, check_nodes
from jobs.nodes.links import NodeLink, close_links, link_to, tidy_links
from jobs.nodes.registry import add_node, get_node, remove_node, set_state, unwanted_nodes
from jobs.nodes.secret import SECRET_HEADER, secret_of
from jobs.nodes.strays import drop_recent_strays

__all__ = [
    "PHOTO_FOLDER",
    "RESULTS_BESIDE",
    "SECRET_HEADER",
    "NodeLink",
    "add_node",
    "check_node",
    "check_nodes",
    "clear_nodes",
    "close_links",
    "count_usable_nodes",
    "drop_recent_strays",
    "forget_abilities",
    "forget_files",
    "get_node",
    "is_closed",
    "is_closed_at",
    "leave_photos",
    "link_to",
    "nodes_seen_within",
    "out_of_sight",
    "quarantine",
    "record_deaf",
    "record_fault",
    "record_loss",
    "record_picture",
    "record_restart",
    "record_success",
    "remove_node",
    "secret_of",
    "set_state",
    "slots_of",
    "tidy_links",
    "unwanted_nodes",
    "usable_nodes",
]
