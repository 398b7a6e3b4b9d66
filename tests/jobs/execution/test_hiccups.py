"""Looks at a node that fail for a moment: a prompt counts as lost only after several looks."""

import pytest

from jobs.comfy import ComfyClient, NodeBusyOrBroken, NodeTimeout, NodeUnreachable
from jobs.execution.watching import FAULTS_MEAN_GONE, MISSES_MEAN_LOST
from jobs.models import Node
from tests.jobs.execution.running import attempts, fresh, run_once, run_to_end
from tests.jobs.lifecycle import rows

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]
A_WHILE = {"seconds": 1.5}  # long enough for looks over HTTP; shorter runs need only the socket
LONG = {"seconds": 30}


@pytest.fixture
def looks(monkeypatch):
    """`looks(answer, times)`: the first `times` looks at prompts raise or return `answer`; later ones are real."""

    def replace(answer, times):
        find, left = ComfyClient.find, iter(range(times))

        def odd(client, prompt_id):
            if next(left, None) is None:
                return find(client, prompt_id)
            if isinstance(answer, type):
                raise answer
            return answer

        monkeypatch.setattr(ComfyClient, "find", odd)
        return left

    return replace


@pytest.mark.parametrize("error", [NodeUnreachable, NodeTimeout, NodeBusyOrBroken])
def test_a_few_failed_looks_cost_nothing(cast, slow, node, looks, error):
    left = looks(error, FAULTS_MEAN_GONE - 1)
    job = run_to_end(rows.submit_one(cast.owner, slow, parameters=A_WHILE))
    assert (job.status, job.faults, attempts(job)) == ("completed", 0, [("cpu-test", "completed")])
    assert next(left, None) is None


@pytest.mark.parametrize(
    ("error", "outcome"), [(NodeUnreachable, "lost"), (NodeTimeout, "failed"), (NodeBusyOrBroken, "failed")]
)
def test_as_many_as_mean_that_it_is_gone_send_the_job_elsewhere(cast, slow, node, looks, error, outcome):
    looks(error, FAULTS_MEAN_GONE)
    job = rows.submit_one(cast.owner, slow, parameters=LONG)
    run_once()
    assert (fresh(job).status, fresh(job).faults, attempts(job)) == ("queued", 1, [("cpu-test", outcome)])


def test_a_prompt_that_is_not_there_is_looked_for_again(cast, slow, node, looks):
    left = looks(None, MISSES_MEAN_LOST - 1)
    job = run_to_end(rows.submit_one(cast.owner, slow, parameters=A_WHILE))
    assert (job.status, job.faults, len(attempts(job)), next(left, None)) == ("completed", 0, 1, None)


def test_one_that_is_never_there_is_lost_and_no_restart_while_the_socket_lives(cast, slow, node, looks):
    looks(None, 1000)
    job = rows.submit_one(cast.owner, slow, parameters=LONG)
    run_once()
    assert (fresh(job).status, attempts(job)) == ("queued", [("cpu-test", "lost")])
    assert Node.objects.get().restarts == 0
