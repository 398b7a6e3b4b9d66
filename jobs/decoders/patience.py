"""How long a child may take by the clock, which follows from the processor time that it allowed itself."""

import resource

LONGEST_S = 60.0
"""Bound for every child."""
_BY_CPU = 4
"""A loaded machine may give a child a quarter of a processor."""
_BEFORE_LIMITS_S = 10.0
"""For children that have not limited themselves yet."""


def seconds_allowed(pid: int) -> float:
    """Returns how many seconds after its start the running child has to end."""
    try:
        soft, _ = resource.prlimit(pid, resource.RLIMIT_CPU)
    except ProcessLookupError:
        return _BEFORE_LIMITS_S
    if soft == resource.RLIM_INFINITY:
        return _BEFORE_LIMITS_S
    return min(LONGEST_S, _BY_CPU * soft)
