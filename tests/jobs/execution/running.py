"""Runs jobs on real nodes, and asks the nodes what they saw."""

import random
import threading
import time
from collections.abc import Callable
from typing import Any

import httpx2
from django.db import connection

from jobs.execution import run_claim
from jobs.execution.leases import Lease
from jobs.execution.prompt import PromptRun
from jobs.lifecycle import Claim
from jobs.models import Attempt, Job
from jobs.nodes import link_to
from jobs.worker import next_claim

PATIENCE = 60  # seconds; only a failing test waits this long


def eventually(look: Callable[[], Any]) -> Any:
    """Return the first true answer of `look`; fail after PATIENCE seconds."""
    deadline = time.monotonic() + PATIENCE
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not happen"
        threading.Event().wait(0.01)
    return found


def run_once() -> None:
    """Wait for one claim and run it until this holder is done with it."""
    run_claim(eventually(next_claim))


def run_to_end(job: Job) -> Job:
    """Run the job as a worker does, through every retry, until it is final."""
    while not fresh(job).is_final:
        run_once()
    return fresh(job)


def fresh(job: Job) -> Job:
    return Job.objects.select_related("progress").get(pk=job.pk)


def attempts(job: Job) -> list[tuple[str, str]]:
    return list(Attempt.objects.filter(job=job).values_list("node__name", "outcome"))


def run_of(claim: Claim) -> PromptRun:
    """Return the run of a claim, which a test can take as far as it wants."""
    attempt = Attempt.objects.select_related("node", "job__upload").get(pk=claim.attempt_id)
    return PromptRun(lease=Lease(claim), job=attempt.job, attempt=attempt, link=link_to(attempt.node.url))


class Holder(threading.Thread):
    """A thread of a worker that runs one claim."""

    def __init__(self, claim: Claim) -> None:
        super().__init__(daemon=True)
        self.claim = claim
        self.start()

    def run(self) -> None:
        try:
            run_claim(self.claim)
        finally:
            connection.close()

    def has_ended(self) -> bool:
        return not self.is_alive()


class NodeSide:
    """Direct access to a node: its queue, its count of posts, its faults."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx2.Client(base_url=url, trust_env=False)

    def set_faults(self, **faults: Any) -> None:
        assert self.http.post("/faults", json=faults).status_code == 200

    def queue(self) -> list[str]:
        """Return the ids of the prompts that run and wait."""
        rows = self.http.get("/queue").json()
        return [row[1] for row in rows["queue_running"] + rows["queue_pending"]]

    def post(self, **inputs: Any) -> dict[str, Any]:
        """Post a prompt that belongs to no job, with `inputs` for its TestSlowSteps. `number` counts all posts."""
        color = {"width": 8, "height": 8, "batch_size": 1, "color": random.randrange(1 << 24)}
        slow = {"image": ["1", 0], "seconds": 0.0, "steps": 5, "preview": False, "nonce": 0} | inputs
        graph = {
            "1": {"class_type": "EmptyImage", "inputs": color},
            "2": {"class_type": "TestSlowSteps", "inputs": slow},
            "3": {"class_type": "PreviewImage", "inputs": {"images": ["2", 0]}},
        }
        return self.http.post("/prompt", json={"prompt": graph}).json()

    def posts(self) -> int:
        """Return how many prompts were posted so far, including the one that this call posts."""
        return self.post()["number"] + 1

    def close(self) -> None:
        self.set_faults(reset=True)
        for prompt_id in self.queue():
            self.http.post(f"/api/jobs/{prompt_id}/cancel")
        eventually(lambda: not self.queue())
        self.http.close()
