import json
from pathlib import Path

import pytest

from jobs.comfy import BadOutput, InputLost, InvalidWorkflow, NodeLacksSomething, OutputFile
from jobs.results.encoding import decode_output
from tests.e2e.conformance import graphs
from tests.jobs.comfy.fetching import fetch

NEEDS_MODELS = Path(__file__).resolve().parents[2] / "golden/presets/needs_models"


def changed(node, **inputs):
    graph = graphs.colour(graphs.fresh_prefix())
    graph[node]["inputs"].update(inputs)
    return graph


def unknown_class():
    graph = graphs.colour(graphs.fresh_prefix())
    graph["1"]["class_type"] = "NoSuchNode"
    return graph


def nothing_saved():
    graph = graphs.colour(graphs.fresh_prefix())
    del graph["2"]
    return graph


def one_bad_output():
    graph = graphs.colour(graphs.fresh_prefix())
    graph["9"] = {"class_type": "SaveImage", "inputs": {"images": ["1", 0]}}
    return graph


def missing_input():
    graph = graphs.colour(graphs.fresh_prefix())
    del graph["2"]["inputs"]["filename_prefix"]
    return graph


def missing_model():
    return json.loads((NEEDS_MODELS / "text_to_image.api.json").read_text())


REFUSALS = {
    "too big": (lambda: changed("1", width=999999), InvalidWorkflow),
    "too small": (lambda: changed("1", width=0), InvalidWorkflow),
    "not a number": (lambda: changed("1", width="x"), InvalidWorkflow),
    "dangling link": (lambda: changed("2", images=["99", 0]), InvalidWorkflow),
    "wrong kind of link": (lambda: changed("1", width=["1", 0]), InvalidWorkflow),
    "missing input": (missing_input, InvalidWorkflow),
    "nothing saved": (nothing_saved, InvalidWorkflow),
    "one bad output": (one_bad_output, InvalidWorkflow),
    "unknown class": (unknown_class, NodeLacksSomething),
    "missing picture": (lambda: graphs.from_upload("not-here.png", "x"), InputLost),
    "missing model": (missing_model, NodeLacksSomething),
}


@pytest.mark.parametrize("fault", REFUSALS)
def test_a_refusal_is_the_right_error(server, fault):
    graph, error = REFUSALS[fault]
    with pytest.raises(error) as caught:
        server.submit(graph())
    assert type(caught.value) is error


def test_an_upload_can_be_used_under_its_name(server, uploaded):
    _, events = server.run(graphs.from_upload(uploaded, graphs.fresh_prefix()))
    assert decode_output(fetch(server.client, events[-2].files[0])).size == (97, 61)


def test_uploads_of_one_name(server, photo):
    first = server.client.upload_image(photo, name="same-name.png")
    assert server.client.upload_image(photo, name="same-name.png") == first
    assert server.client.upload_image(photo + b"more", name="same-name.png") != first


def test_a_small_picture_without_metadata(server, uploaded):
    _, events = server.run(graphs.from_upload(uploaded, graphs.fresh_prefix()))
    small = server.client.fetch_preview(events[-2].files[0], quality=60)
    assert (small.mime, small.size, decode_output(small.content).size) == ("image/webp", (97, 61), (97, 61))


@pytest.mark.parametrize(
    "file",
    [OutputFile("nothing.png", "", "output"), OutputFile("x.png", "../..", "output"), OutputFile("../../etc/passwd", "", "output"),
     OutputFile("x.png", "", "nonsense")],
    ids=str,
)  # fmt: skip
def test_a_file_that_is_not_there(server, file):
    with pytest.raises(BadOutput):
        fetch(server.client, file)
