"""A program with the owner's key, a preset that needs no photo, jobs in every status."""

from collections.abc import Callable

import httpx2
import pytest
from django.test import Client

from accounts.api_keys import make_api_key
from accounts.enums import Scope
from jobs.enums import FailureCode, JobStatus
from jobs.lifecycle import NewArtifact, cancel_job, fail_job, finish_job
from jobs.models import Attempt, Job, Node
from tests.jobs.lifecycle import rows
from tests.jobs.streaming.serving import served


def program(owner) -> Client:
    """A client that sends a new key of `owner` with every request. Exceptions in the site become answers."""
    return Client(
        raise_request_exception=False,
        headers={"X-API-Key": make_api_key(owner=owner, name="test", scopes=Scope)[1]},
    )


@pytest.fixture
def api(cast) -> Client:
    return program(cast.owner)


@pytest.fixture
def stranger(cast) -> Client:
    return program(cast.stranger)


@pytest.fixture
def key(cast):
    return make_api_key(owner=cast.owner, name="watcher")


@pytest.fixture
def site(key, settings):
    """A client with the owner's key, connected to the site behind its real server."""
    settings.STATIC_ROOT.mkdir(exist_ok=True)
    headers = {"X-API-Key": key[1]}
    with (
        served() as address,
        httpx2.Client(base_url=address, headers=headers, trust_env=False, timeout=30) as client,
    ):
        yield client


@pytest.fixture
def node(db) -> Node:
    return rows.make_node(slots=50)


@pytest.fixture
def slow(node):
    """The preset `slow`, which `node` can run."""
    return rows.slow_preset()


@pytest.fixture
def make_job(cast, slow, node) -> Callable[..., Job]:
    """Make a job and bring it to `status` by the usual lifecycle calls."""

    def make(status: str = JobStatus.QUEUED, owner=None, **fields) -> Job:
        job = rows.submit_one(owner or cast.owner, slow, **fields)
        _bring_to(job, status, node)
        job.refresh_from_db()
        return job

    return make


def _bring_to(job: Job, status: str, node: Node) -> None:
    if status == JobStatus.QUEUED:
        return
    if status == JobStatus.CANCELLED:
        cancel_job(job=job)
        return
    claim = rows.claim(job, node, slot=Attempt.objects.filter(node_done_at=None).count())
    if status == JobStatus.COMPLETED:
        finish_job(claim, ARTIFACTS)
    elif status == JobStatus.FAILED:
        fail_job(claim, FailureCode.TIMEOUT)


ARTIFACTS = [
    NewArtifact(kind, f"jobs/x/{kind}.webp", "image/webp", "b" * 64, 2048, 90, 60)
    for kind in ("result", "preview", "thumbnail")
]
