"""How the client handles the ways in which real nodes fail. The server must offer faults."""

from uuid import uuid4

import pytest

from jobs.comfy import (
    ComfyClient,
    ConnectionLost,
    DiskFull,
    Failed,
    Finished,
    NodeBusyOrBroken,
    NodeStream,
    NodeTimeout,
    NodeUnreachable,
)
from jobs.results.encoding import decode_output
from tests.e2e.conformance import graphs
from tests.e2e.conformance.server import PATIENCE, CpuNode, until
from tests.jobs.comfy.fetching import fetch


def test_a_dropped_answer_is_adopted_and_the_prompt_runs_once(server, routes, faults):
    faults(drop_answers=1)
    prefix = graphs.fresh_prefix()
    prompt_id, events = server.run(graphs.colour(prefix))
    assert isinstance(events[-1], Finished)
    assert server.client.find(prompt_id).outputs == {"2": (server.client.predicted_output(prefix),)}
    ids = [row[1] for row in server.http.get("/queue").json()["queue_pending"]]
    assert prompt_id not in ids


def test_a_dropped_request_is_not_posted_again(server, faults):
    faults(drop_requests=1)
    prompt_id = str(uuid4())
    with pytest.raises((NodeUnreachable, NodeTimeout)) as caught:
        server.submit(graphs.colour(graphs.fresh_prefix()), prompt_id)
    assert (caught.value.retryable, caught.value.outcome_unknown) == (True, True)
    assert server.client.find(prompt_id) is None


def test_a_zombie_is_found_out(server, faults):
    faults(zombie=True)
    assert server.client.info().version != ""
    with pytest.raises(NodeBusyOrBroken):
        server.client.prove_alive(2)
    faults(zombie=False)
    assert server.client.prove_alive(PATIENCE) is None


def test_a_cut_output_is_noticed(server, faults):
    faults(truncated_output=True)
    _, events = server.run(graphs.colour(graphs.fresh_prefix()))
    with pytest.raises(ValueError, match="not a readable picture"):
        decode_output(fetch(server.client, events[-2].files[0]))


def test_a_full_disk(server, faults):
    faults(full_disk=True)
    prompt_id, events = server.run(graphs.colour(graphs.fresh_prefix()))
    failed = next(event for event in events if isinstance(event, Failed))
    assert (type(failed.error), type(server.client.find(prompt_id).error)) == (DiskFull, DiskFull)
    with pytest.raises(NodeBusyOrBroken):
        server.client.upload_image(b"picture", name="full.png")


def test_the_end_is_told_only_once_it_can_be_looked_up(server, routes, faults):
    faults(history_delay_ms=300)
    prompt_id, events = server.run(graphs.colour(graphs.fresh_prefix()))
    assert isinstance(events[-1], Finished)
    assert server.client.find(prompt_id).status == "completed"


def test_a_deaf_socket_leaves_http_to_ask_and_is_replaced(server, faults):
    prompt_id, client_id = str(uuid4()), server.stream.ensure_connected(PATIENCE)
    faults(deaf=True)
    with server.stream.subscribe(prompt_id, client_id) as events:
        server.client.submit(graphs.colour(graphs.fresh_prefix()), prompt_id=prompt_id, client_id=client_id)
        assert server.wait_until(prompt_id, "completed").status == "completed"
        assert events.get(0) is None
        server.stream.report_deaf(client_id)
        until(events, ConnectionLost)
    _, events = server.run(graphs.colour(graphs.fresh_prefix()))
    assert isinstance(events[-1], Finished)


def test_a_pause_of_the_node_breaks_nothing(server, faults):
    faults(gc_pause_ms=700)
    ids = [server.run(graphs.colour(graphs.fresh_prefix()))[0] for _ in range(2)]
    assert [server.client.find(prompt_id).status for prompt_id in ids] == ["completed", "completed"]


def test_a_node_that_dies_and_comes_back(cpu_node_dir):
    node = CpuNode(cpu_node_dir)
    port = int(node.url.rsplit(":", 1)[1])
    prefix, prompt_id = graphs.fresh_prefix(), str(uuid4())
    with ComfyClient(node.url) as client:
        stream = NodeStream(node.url)
        client.submit(graphs.colour(prefix), prompt_id=prompt_id, client_id=stream.ensure_connected(PATIENCE))
        client.prove_alive(PATIENCE)  # runs a prompt after ours, so our picture is saved by now
        with stream.subscribe("doomed") as events:
            node.process.kill()
            until(events, ConnectionLost)
            with pytest.raises(NodeUnreachable):
                client.find(prompt_id)
            revived = CpuNode(cpu_node_dir, port)
            assert client.find(prompt_id) is None
            assert decode_output(fetch(client, client.predicted_output(prefix))).size == (32, 24)
        stream.close()
        revived.stop()
    node.process.wait()
    node.process.stdout.close()
