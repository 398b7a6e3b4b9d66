from uuid import uuid4

import pytest

from jobs.comfy import Executing, Finished, Interrupted, InterruptedEvent
from tests.e2e.conformance import graphs
from tests.e2e.conformance.server import PATIENCE, until, until_finished


@pytest.fixture
def running(server, routes):
    """A long prompt that has started to run: its id and its events."""
    prompt_id, client_id = str(uuid4()), server.stream.ensure_connected(PATIENCE)
    with server.stream.subscribe(prompt_id, client_id) as events:
        server.client.submit(server.slow_graph(20), prompt_id=prompt_id, client_id=client_id)
        until(events, Executing)
        yield prompt_id, events
    server.client.cancel(prompt_id)
    server.wait_until(prompt_id, "cancelled", "completed", "unknown")


def test_states_of_running_and_waiting(server, running):
    waiting = server.submit(graphs.colour(graphs.fresh_prefix()))
    assert [server.client.find(i).status for i in (running[0], waiting)] == ["running", "pending"]
    assert server.client.cancel(waiting) is True


def test_a_cancelled_waiting_prompt_leaves_no_trace(server, running):
    waiting = server.submit(graphs.colour(graphs.fresh_prefix()))
    assert server.client.cancel(waiting) is True
    assert server.client.find(waiting) is None
    assert server.client.cancel(waiting) is False
    assert server.client.find(running[0]).status == "running"


def test_a_cancelled_running_prompt_ends_and_the_next_one_runs(server, running):
    prompt_id, events = running
    follower = server.submit(graphs.colour(graphs.fresh_prefix()))
    assert server.client.cancel(prompt_id) is True
    assert [type(event) for event in until_finished(events)[-2:]] == [InterruptedEvent, Finished]
    state = server.client.find(prompt_id)
    assert (state.status, type(state.error), dict(state.outputs)) == ("cancelled", Interrupted, {})
    assert server.wait_until(follower, "completed", "cancelled", "failed").status == "completed"


def test_cancelling_what_has_ended_hits_nobody(server, routes):
    ended, _ = server.run(graphs.colour(graphs.fresh_prefix()))
    following = server.submit(server.slow_graph(0.5))
    assert server.client.cancel(ended) is False
    assert server.wait_until(following, "completed", "cancelled", "failed").status == "completed"


def test_an_unknown_prompt(server, routes):
    stranger = str(uuid4())
    assert (server.client.find(stranger), server.client.cancel(stranger)) == (None, False)


def test_cancelling_the_same_prompt_in_its_last_moments_never_hits_the_next(server, routes):
    for _ in range(20):
        first = server.submit(graphs.colour(graphs.fresh_prefix()))
        second = server.submit(graphs.colour(graphs.fresh_prefix()))
        server.client.cancel(first)
        assert server.wait_until(second, "completed", "cancelled", "failed").status == "completed"
