"""Decoders: files from outside are read in child processes, which all processes of an installation share fairly.

`Pool.run` is the door. A supervisor per machine and data folder, started by whoever needs it first, forks a
fresh child for each piece of work, one at a time for each person. It knows nothing of pictures: the module
that a pool names has a table `TASKS` of what a child may be asked to do. This package imports no framework,
because the supervisor holds no secret and starts quickly (docs/adr/0024-decoders-are-shared.md).
"""

from jobs.decoders.messages import Ending
from jobs.decoders.pool import Busy, Pool, PoolLost, shared_pool
from jobs.decoders.replies import CallerGone

__all__ = ["Busy", "CallerGone", "Ending", "Pool", "PoolLost", "shared_pool"]
