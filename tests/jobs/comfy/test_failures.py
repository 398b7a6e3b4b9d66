import json

import pytest

from jobs.comfy import (
    DiskFull,
    ExecutionFailed,
    GpuFailed,
    InputLost,
    InvalidWorkflow,
    NodeLacksSomething,
    OutOfMemory,
)
from jobs.comfy.failures import execution_error, refusal_error
from tests.jobs.comfy.recordings import GOLDEN, http_answers, lines

LACKING = [
    "missing_node_type: unknown class",
    "missing_node_type: no class_type",
    "value_not_in_list: enumeration",
    "value_not_in_list: missing checkpoint",
]
LOST = ["custom_validation_failed: input picture missing on this node"]


def refusals():
    """Yield (note, body) of every 400 answer in recording 09."""
    note = ""
    for line in lines("09"):
        if line["dir"] == "note":
            note = line["text"]
        if line.get("status") == 400:
            yield note, line["body"]


@pytest.mark.parametrize(
    ("note", "body"), list(refusals()), ids=lambda value: value if isinstance(value, str) else ""
)
def test_each_recorded_refusal(note, body):
    expected = NodeLacksSomething if note in LACKING else InputLost if note in LOST else InvalidWorkflow
    assert type(refusal_error(body)) is expected


def test_every_lacking_refusal_was_recorded():
    assert [note for note, body in refusals() if type(refusal_error(body)) is NodeLacksSomething] == LACKING


@pytest.mark.parametrize(
    "path", sorted((GOLDEN / "presets/needs_models").glob("*.missing_model.json")), ids=lambda p: p.stem
)
def test_a_missing_model_is_the_nodes_fault(path):
    error = refusal_error(json.loads(path.read_text())["body"])
    assert (type(error), error.retryable) == (NodeLacksSomething, True)


def test_partial_validity_is_the_graphs_fault():
    (answer,) = http_answers("10", "/prompt")
    assert type(refusal_error(answer["body"])) is InvalidWorkflow


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("Cannot execute because node NoSuchNode does not exist.", NodeLacksSomething),
        ("Cannot execute because a node is missing the class_type property.", InvalidWorkflow),
    ],
)
def test_refusals_of_an_older_server(message, expected):
    body = {"error": {"type": "invalid_prompt", "message": message}, "node_errors": {}}
    assert type(refusal_error(body)) is expected


def recorded_failure(scenario):
    (data,) = (
        line["body"]["data"]
        for line in lines(scenario)
        if isinstance(line.get("body"), dict) and line["body"].get("type") == "execution_error"
    )
    return data


def test_a_node_that_raises():
    error = execution_error(recorded_failure("07"))
    assert (type(error), error.code, error.retryable) == (ExecutionFailed, "node_error", False)
    assert error.detail.splitlines()[0] == (
        "node 2 (ImageToMask): IndexError: index 3 is out of bounds for dimension 3 with size 3"
    )


def test_out_of_memory():
    error = execution_error(recorded_failure("08"))
    assert (type(error), error.code, error.retryable) == (OutOfMemory, "out_of_memory", True)


@pytest.mark.parametrize(
    ("kind", "said", "expected"),
    [
        ("torch.cuda.OutOfMemoryError", "Allocation on device", OutOfMemory),
        ("RuntimeError", "CUDA error: out of memory", OutOfMemory),
        ("MemoryError", "", OutOfMemory),
        ("OSError", "[Errno 28] No space left on device", DiskFull),
        ("RuntimeError", "CUDA error: an illegal memory access was encountered", GpuFailed),
        ("RuntimeError", "cuDNN error: CUDNN_STATUS_EXECUTION_FAILED", GpuFailed),
        ("torch.AcceleratorError", "HIP error: invalid device function", GpuFailed),
        (
            "safetensors_rust.SafetensorError",
            "Error while deserializing header: HeaderTooLarge",
            NodeLacksSomething,
        ),
        ("_pickle.UnpicklingError", "invalid load key, '<'.", NodeLacksSomething),
        ("FileNotFoundError", "[Errno 2] No such file or directory: '/srv/lut.cube'", ExecutionFailed),
        ("ValueError", "boom", ExecutionFailed),
        (None, None, ExecutionFailed),
    ],
)
def test_kinds_of_failure(kind, said, expected):
    assert type(execution_error({"exception_type": kind, "exception_message": said})) is expected


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("FileNotFoundError", "[Errno 2] No such file or directory: '/srv/ComfyUI/input/p.png'"),
        ("PIL.UnidentifiedImageError", "cannot identify image file '/srv/ComfyUI/input/p.png'"),
        ("OSError", "image file is truncated (12 bytes not processed)"),
    ],
)
def test_a_photo_that_cannot_be_loaded_was_lost_on_the_node(kind, said):
    failed = {"exception_type": kind, "exception_message": said, "node_type": "LoadImage"}
    assert type(execution_error(failed)) is InputLost
    assert type(execution_error(failed | {"node_type": "UpscaleModelLoader"})) is ExecutionFailed


def test_a_photo_too_few_beside_another_lack_is_not_taken_for_a_lost_photo():
    photo = {"type": "custom_validation_failed", "details": "image - Invalid image file: a.png"}
    model = {"type": "value_not_in_list", "details": "ckpt_name: 'a' not in []"}
    body = {"node_errors": {"1": {"errors": [photo]}, "2": {"errors": [model]}}}
    assert type(refusal_error(body)) is NodeLacksSomething


def test_a_failed_step_is_known_by_its_id():
    assert execution_error(recorded_failure("07")).step == "2"


@pytest.mark.parametrize("scenario", ["07", "08"])
def test_people_are_told_nothing_of_the_nodes_insides(scenario):
    error = execution_error(recorded_failure(scenario))
    assert error.message == type(error).words
    assert "tensor" not in error.detail
