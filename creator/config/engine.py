"""Settings for running jobs: worker threads, nodes, leases, tries and time limits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from creator.config.declaration import setting

FEWEST_THREADS = 9
"""`jobs.worker` reserves six threads for periodic tasks and two for deliveries; one is left to run jobs."""


@dataclass(frozen=True)
class EngineConfig:
    """Times are in seconds."""

    worker_threads: int = setting(
        "WORKER_THREADS", 18, "threads of one worker, for jobs, periodic tasks and deliveries"
    )
    cpu_nodes: int = setting("CPU_NODES", 1, "CPU nodes that `make run` starts along with the site")
    slots_per_node: int = setting(
        "SLOTS_PER_NODE", 2, "prompts that a node holds: one running, the rest staged"
    )
    lease_seconds: float = setting("LEASE_SECONDS", 15.0, "how long a lease on a job lasts without renewal")
    lease_renew_seconds: float = setting("LEASE_RENEW_SECONDS", 5.0, "how often a worker renews its leases")
    job_attempts: int = setting("JOB_ATTEMPTS", 3, "tries of a job before faults fail it")
    queue_timeout_seconds: int = setting(
        "QUEUE_TIMEOUT_SECONDS", 1800, "longest time that a job waits while no node can run it"
    )
    connect_timeout_seconds: float = setting(
        "CONNECT_TIMEOUT_SECONDS", 5.0, "longest time to connect to a node"
    )
    node_answer_seconds: float = setting(
        "NODE_ANSWER_SECONDS", 10.0, "longest time of a small request to a node, from its start to its end"
    )
    node_file_seconds: float = setting(
        "NODE_FILE_SECONDS", 180.0, "longest time of a photo to a node, and of a result from it"
    )
    node_file_mib: int = setting("NODE_FILE_MIB", 512, "largest result that is taken from a node, in MiB")
    staged_timeout_seconds: float = setting(
        "STAGED_TIMEOUT_SECONDS", 21600.0, "longest time that a prompt waits on its node behind others"
    )

    def check_engine(self) -> Iterator[str]:
        """A sentence for each wrong setting."""
        if not 0 <= self.cpu_nodes <= 64:
            yield "CPU_NODES must be between 0 and 64"
        if self.worker_threads < FEWEST_THREADS:
            yield f"WORKER_THREADS must be at least {FEWEST_THREADS}"
        if self.lease_renew_seconds * 2 > self.lease_seconds:
            yield "LEASE_RENEW_SECONDS must be at most half of LEASE_SECONDS"
