import pytest

from jobs.lifecycle import NewArtifact
from jobs.models import Job, Node
from jobs.signals import cancel_asked
from tests.jobs.lifecycle import rows


@pytest.fixture
def slow(db):
    return rows.slow_preset()


@pytest.fixture
def node(db) -> Node:
    return rows.make_node()


@pytest.fixture
def job(cast, slow) -> Job:
    """A queued job of the owner."""
    return rows.submit_one(cast.owner, slow)


@pytest.fixture
def held(job, node):
    """The claim on `job`."""
    return rows.claim(job, node)


@pytest.fixture
def artifacts() -> list[NewArtifact]:
    return [
        NewArtifact(kind, f"results/{kind}", "image/png", "1" * 64, 10, 32, 24)
        for kind in ("result", "preview", "thumbnail")
    ]


@pytest.fixture
def mailbox():
    """Collect the ids of jobs whose holders are asked to cancel; after-commit calls run at once."""
    asked = []

    def hear(job_id, **_):
        asked.append(job_id)

    cancel_asked.connect(hear)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("jobs.lifecycle.cancel.transaction.on_commit", lambda call, robust=False: call())
        yield asked
    cancel_asked.disconnect(hear)
