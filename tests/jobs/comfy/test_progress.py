import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobs.comfy import (
    Cached,
    Executed,
    Executing,
    ExecutionFailed,
    Failed,
    Finished,
    InterruptedEvent,
    NodeProgress,
    ProgressMeter,
    Started,
    parse_text,
)
from tests.jobs.comfy.recordings import bindings, graph, lines, socket_messages

CHAIN = {
    "1": {"class_type": "Load", "inputs": {}},
    "2": {"class_type": "Look", "inputs": {"image": ["1", 0]}},
    "3": {"class_type": "Preview", "inputs": {"image": ["2", 0]}},
    "4": {"class_type": "Save", "inputs": {"image": ["2", 0]}},
    "5": {"class_type": "Unused", "inputs": {}},
}
WEIGHTS = {"1": 10.0, "2": 80.0, "3": 0.0, "4": 10.0, "5": 1000.0}


def meter(**changes):
    return ProgressMeter(
        CHAIN, **{"weights": WEIGHTS, "stages": {"3": "Look"}, "output_node": "4", **changes}
    )


def shown(progress):
    return (round(progress.percent), progress.stage, progress.step, progress.steps)


def preset_meter(preset):
    bound = bindings(preset)
    return ProgressMeter(
        graph(preset),
        weights=bound["timing"]["node_ms"],
        stages={stage["node"]: stage["label"] for stage in bound["stages"]},
        output_node=bound["output_node"],
    )


def test_a_run():
    events = [
        Executing("p", "1"),
        Executing("p", "2"),
        NodeProgress("p", "2", 1, 2),
        Executing("p", "4"),
        Finished("p"),
    ]
    run = meter()
    assert shown(run.progress) == (0, "Preparing", 0, 4)
    assert [shown(run.apply(event)) for event in events] == [
        (0, "Look", 1, 4),
        (10, "Look", 2, 4),
        (50, "Look", 2, 4),
        (90, "Look", 3, 4),
        (100, "Finishing", 4, 4),
    ]


def test_cached_nodes_do_not_count():
    run = meter()
    assert shown(run.apply(Cached("p", frozenset({"1", "2"})))) == (0, "Preparing", 0, 2)
    assert shown(run.apply(Executed("p", "3", ()))) == (0, "Finishing", 1, 2)


def test_nothing_new_is_none():
    run = meter()
    assert [run.apply(Started("p")), run.apply(Cached("p", frozenset()))] == [None, None]


def test_a_missed_event_is_made_up_for():
    assert shown(meter().apply(Executing("p", "4"))) == (90, "Look", 3, 4)


@pytest.mark.parametrize("end", [Failed("p", ExecutionFailed()), InterruptedEvent("p")])
def test_an_end_that_is_no_success_is_not_100(end):
    run = meter()
    run.apply(Executing("p", "2"))
    assert [run.apply(end), run.apply(Finished("p"))] == [None, None]
    assert round(run.progress.percent) == 10


def test_the_recorded_preset_run():
    sent = next(line["body"]["prompt"] for line in lines("26") if line.get("path") == "/prompt")
    titles = {n: v["_meta"]["title"] for n, v in sent.items() if v["class_type"] == "PreviewImage"}
    run = ProgressMeter(sent, weights={}, stages=titles, output_node="9")
    seen = [
        p
        for m in socket_messages("26")
        if isinstance(m, str) and (e := parse_text(m)) and (p := run.apply(e))
    ]
    stages = list(dict.fromkeys(progress.stage for progress in seen))
    assert stages == [titles[node] for node in ("191", "291", "691")] + ["Finishing"]
    assert seen[-1].percent == 100
    assert [p.percent for p in seen] == sorted(p.percent for p in seen)


NODES = st.sampled_from([*graph("cinematic"), "no such node"])
EVENTS = st.one_of(
    st.builds(Cached, st.just("p"), st.frozensets(NODES, max_size=10)),
    st.builds(Executing, st.just("p"), NODES),
    st.builds(NodeProgress, st.just("p"), NODES, st.floats(), st.floats()),
    st.builds(Executed, st.just("p"), NODES, st.just(())),
)


@given(st.lists(EVENTS, max_size=40))
def test_progress_never_falls_and_ends_at_100(events):
    run = preset_meter("cinematic")
    percents = [run.progress.percent]
    for event in events:
        run.apply(event)
        percents.append(run.progress.percent)
        assert 0 <= run.progress.step <= run.progress.steps
    assert percents == sorted(percents)
    assert max(percents) <= 99
    run.apply(Finished("p"))
    assert run.progress.percent == 100


@given(st.permutations(sorted(graph("cinematic"))))
def test_stages_never_go_back(order):
    run = preset_meter("cinematic")
    titles = [stage["label"] for stage in bindings("cinematic")["stages"]] + ["Finishing"]
    seen = [titles.index(p.stage) for node in order if (p := run.apply(Executing("p", node)))]
    assert seen == sorted(seen)
