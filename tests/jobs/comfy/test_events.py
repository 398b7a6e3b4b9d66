import pytest

from jobs.comfy import (
    Cached,
    Executed,
    Executing,
    Failed,
    Finished,
    InterruptedEvent,
    NodeProgress,
    OutOfMemory,
    OutputFile,
    Preview,
    Started,
    Succeeded,
    parse_binary,
    parse_text,
)
from tests.jobs.comfy.recordings import SCENARIOS, lines, socket_messages


def parse(message):
    return parse_text(message) if isinstance(message, str) else parse_binary(message)


def kinds(scenario):
    return [type(event) for event in map(parse, socket_messages(scenario)) if event is not None]


EXPECTED = {
    "execution_start": Started,
    "execution_success": Succeeded,
    "execution_cached": Cached,
    "progress": NodeProgress,
    "executed": Executed,
    "execution_error": Failed,
    "execution_interrupted": InterruptedEvent,
}


def expected_kind(body):
    if body["type"] == "executing" and "prompt_id" in body["data"]:
        return Finished if body["data"]["node"] is None else Executing
    return EXPECTED.get(body["type"], type(None))


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_recorded_text_message_is_read_as_what_it_is(scenario):
    texts = [message for message in socket_messages(scenario) if isinstance(message, str)]
    bodies = [
        line["body"]
        for line in lines(scenario)
        if line.get("channel") == "ws" and line["dir"] == "recv" and "body" in line
    ]
    assert [type(parse_text(text)) for text in texts] == [expected_kind(body) for body in bodies]


def test_a_run_in_order():
    assert kinds("10") == [Started, Cached, Executing, Executing, Executed, Succeeded, Finished]


def test_start_and_success_carry_the_nodes_clock():
    events = [event for event in map(parse, socket_messages("10")) if isinstance(event, Started | Succeeded)]
    began, ended = (event.timestamp_ms for event in events)
    assert (began is None, ended is None, ended >= began) == (False, False, True)


@pytest.mark.parametrize("stamp", ["true", '"now"', "null", "[]"])
def test_a_clock_that_makes_no_sense_is_no_clock(stamp):
    text = f'{{"type": "execution_success", "data": {{"prompt_id": "a", "timestamp": {stamp}}}}}'
    assert parse_text(text) == Succeeded("a", None)


def test_files_of_an_output_node():
    (event,) = [event for event in map(parse, socket_messages("10")) if isinstance(event, Executed)]
    assert (event.node, event.files) == ("2", (OutputFile("out_00001_.png", "protocol/5bc6563c", "output"),))


def test_progress_steps():
    steps = [event.value for event in map(parse, socket_messages("04")) if isinstance(event, NodeProgress)]
    assert steps == [1, 2, 3, 4]


def test_out_of_memory_is_told_apart():
    (event,) = [event for event in map(parse, socket_messages("08")) if isinstance(event, Failed)]
    assert type(event.error) is OutOfMemory


def test_only_previews_with_a_prompt_id_are_read():
    previews = [event for event in map(parse, socket_messages("14")) if isinstance(event, Preview)]
    assert [(p.picture.mime, p.picture.content[:3]) for p in previews] == [
        ("image/jpeg", b"\xff\xd8\xff")
    ] * 2
    assert len({p.prompt_id for p in previews}) == 1


def test_text_frames_and_legacy_previews_are_skipped():
    frames = [m for m in socket_messages("25") + socket_messages("20") if isinstance(m, bytes)]
    assert [parse_binary(frame) for frame in frames] == [None] * 4


@pytest.mark.parametrize(
    "message",
    ["", "{", "[]", "null", '{"type": "executing"}', '{"type": "executing", "data": null}', '{"type": ["x"], "data": {"prompt_id": "a"}}',
     '{"type": "progress", "data": {"prompt_id": "a", "node": "1", "value": "x", "max": 2}}',
     '{"type": "progress", "data": {"prompt_id": "a", "node": "1", "value": NaN, "max": 2}}',
     '{"type": "progress", "data": {"prompt_id": "a", "node": "1", "value": 1' + "0" * 400 + ', "max": 2}}',
     '{"type": "progress", "data": {"prompt_id": "a", "node": "1", "value": 1' + "0" * 5000 + ', "max": 2}}',
     '{"type": "executing", "data": {"prompt_id": "a", "node": ' + "[" * 70 + "]" * 70 + "}}",
     "[" * 100_000,
     '{"type": "executed", "data": {"prompt_id": 3, "node": "1"}}', '{"type": "new_thing", "data": {"prompt_id": "a"}}'],
)  # fmt: skip
def test_odd_text_is_nothing(message):
    assert parse_text(message) is None


@pytest.mark.parametrize(
    "frame",
    [b"", b"\0\0\0\4", b"\0\0\0\4\0\0\0\2{}", b"\0\0\0\4\xff\xff\xff\xff{}", b"\0\0\0\4\0\0\0\x02[]x", b"\0\0\0\x09abcdefgh",
     b'\0\0\0\4\0\0\0\x10{"prompt_id": 1}x', b'\0\0\0\4\0\0\0\x12{"prompt_id": "a"}'],
)  # fmt: skip
def test_odd_frames_are_nothing(frame):
    assert parse_binary(frame) is None
