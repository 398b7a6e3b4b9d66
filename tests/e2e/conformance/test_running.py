from uuid import uuid4

from jobs.comfy import (
    Cached,
    ConnectionLost,
    Executed,
    Executing,
    ExecutionFailed,
    Failed,
    Finished,
    NodeProgress,
    NodeStream,
    OutOfMemory,
    OutputFile,
    Preview,
    Started,
)
from jobs.results.encoding import decode_output
from tests.e2e.conformance import graphs
from tests.e2e.conformance.server import PATIENCE, until, until_finished
from tests.jobs.comfy.fetching import fetch


def test_events_of_a_run_in_order(server):
    prompt_id, events = server.run(graphs.colour(graphs.fresh_prefix()))
    assert [type(event) for event in events] == [Started, Cached, Executing, Executing, Executed, Finished]
    assert {event.prompt_id for event in events} == {prompt_id}


def test_the_end_can_be_looked_up_at_once(server, routes):
    for _ in range(20):
        prompt_id, events = server.run(graphs.colour(graphs.fresh_prefix()))
        state = server.client.find(prompt_id)
        assert (state.status, state.error) == ("completed", None)
        assert state.outputs == {"2": events[-2].files}
        assert state.started_at_ms <= state.ended_at_ms


def test_the_output_has_the_predicted_name(server):
    prefix = graphs.fresh_prefix()
    _, events = server.run(graphs.colour(prefix))
    assert events[-2].files == (server.client.predicted_output(prefix),)
    assert decode_output(fetch(server.client, events[-2].files[0])).size == (32, 24)


def test_the_same_graph_again_repeats_the_old_names(server):
    graph = graphs.colour(graphs.fresh_prefix())
    _, first = server.run(graph)
    again, events = server.run(graph)
    assert events[1] == Cached(again, frozenset({"1", "2"}))
    assert [event for event in events if isinstance(event, Executing)] == []
    assert server.client.find(again).outputs == {"2": first[-2].files}


def test_another_prefix_runs_only_what_differs(server):
    graph = graphs.colour(graphs.fresh_prefix(), color=0x336699)
    server.run(graph)
    prefix = graphs.fresh_prefix()
    again, events = server.run(graphs.colour(prefix, color=0x336699))
    assert events[1] == Cached(again, frozenset({"1"}))
    assert events[-2].files == (server.client.predicted_output(prefix),)


def test_an_id_used_again_runs_again_and_replaces_its_history(server, routes):
    prompt_id, _ = server.run(graphs.colour(graphs.fresh_prefix()))
    prefix = graphs.fresh_prefix()
    server.run(graphs.colour(prefix), prompt_id)
    assert server.client.find(prompt_id).outputs == {"2": (server.client.predicted_output(prefix),)}


def test_a_node_that_raises(server, routes, uploaded):
    prompt_id, events = server.run(graphs.failing(uploaded))
    assert [type(event) for event in events[-2:]] == [Failed, Finished]
    state = server.client.find(prompt_id)
    assert (state.status, type(state.error), type(events[-2].error)) == (
        "failed",
        ExecutionFailed,
        ExecutionFailed,
    )


def test_out_of_memory(server, routes, test_nodes):
    prompt_id, events = server.run(graphs.with_test_node("TestOutOfMemory"))
    assert type(events[-2].error) is OutOfMemory
    assert type(server.client.find(prompt_id).error) is OutOfMemory


def test_progress_inside_a_node(server, test_nodes):
    _, events = server.run(graphs.slow_steps(0.4, steps=4))
    steps = [(event.value, event.max) for event in events if isinstance(event, NodeProgress)]
    assert steps == sorted(steps)
    assert steps[-1] == (4, 4)


def test_previews_go_to_their_own_prompt(server, test_nodes):
    _, events = server.run(graphs.slow_steps(0.4, steps=4, preview=True))
    previews = [event for event in events if isinstance(event, Preview)]
    sizes = {preview.picture.size for preview in previews}  # the server chooses the size
    assert {width / height for width, height in sizes} == {32 / 24}
    _, events = server.run(graphs.slow_steps(0.2, steps=2))
    assert [event for event in events if isinstance(event, Preview)] == []


def test_two_prompts_on_one_stream_run_one_after_the_other(server):
    client_id = server.stream.ensure_connected(PATIENCE)
    ids = [str(uuid4()), str(uuid4())]
    with server.stream.subscribe(ids[0], client_id) as one, server.stream.subscribe(ids[1], client_id) as two:
        for prompt_id in ids:
            server.client.submit(
                graphs.colour(graphs.fresh_prefix()), prompt_id=prompt_id, client_id=client_id
            )
        assert [event.prompt_id for event in until_finished(one)] == [ids[0]] * 6
        assert [event.prompt_id for event in until_finished(two)] == [ids[1]] * 6
    first, second = map(server.client.find, ids)
    assert first.ended_at_ms <= second.started_at_ms


def test_a_prompt_outlives_the_socket_it_was_posted_under(server):
    stream = NodeStream(server.url)
    prompt_id, client_id = str(uuid4()), stream.ensure_connected(PATIENCE)
    with stream.subscribe(prompt_id, client_id) as events:
        server.client.submit(server.slow_graph(1), prompt_id=prompt_id, client_id=client_id)
        until(events, Executing)
        stream.close()
        until(events, ConnectionLost)
    assert list(server.wait_until(prompt_id, "completed").outputs) == ["2"]


def test_what_the_node_is(server):
    info, offered = server.client.info(), server.client.capabilities()
    assert [bool(info.version), bool(info.device)] == [True, True]
    needed = {"LoadImage", "SaveImage", "PreviewImage", "EmptyImage", "ImageBlur", "ImageBlend"}
    assert needed - offered.classes == set()


def test_an_idle_node_proves_that_it_is_alive(server):
    assert server.client.prove_alive(PATIENCE) is None


def test_a_forgotten_prompt_is_unknown_and_its_file_stays(server, routes):
    prompt_id, events = server.run(graphs.colour(graphs.fresh_prefix()))
    server.client.forget(prompt_id)
    assert server.client.find(prompt_id) is None
    assert decode_output(fetch(server.client, events[-2].files[0])).size == (32, 24)


def test_the_files_name_tells_where_it_is(server):
    _, events = server.run(graphs.colour("jobs/flat"))
    (file,) = events[-2].files
    assert file == OutputFile(file.filename, "jobs", "output")
