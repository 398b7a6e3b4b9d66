"""File descriptors: each connection takes one, and so does everything else that the process opens."""

from __future__ import annotations

import resource

import structlog

log = structlog.get_logger(__name__)
SHARE = 3
"""Connections get a third of the descriptors. The rest is for those that wait to be refused, database, files, nodes."""


def connections_within(wanted: int) -> int:
    """Raises this process's limit as far as it may; returns how many connections to admit, at most `wanted`."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard == resource.RLIM_INFINITY or hard >= wanted * SHARE:
        return wanted
    log.warning("few_descriptors", limit=hard, connections=hard // SHARE, wanted=wanted)
    return hard // SHARE
