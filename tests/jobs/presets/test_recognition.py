"""Graphs that people send: taken as a preset's whatever way they are written, and refused by naming what differs."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.presets.check import example_values
from jobs.presets.params import BooleanParameter, ChoiceParameter, IntegerParameter, NumberParameter
from jobs.presets.recognition import MOST_NAMED, AnotherGraph, likeness, read_graph, starting_graph
from jobs.presets.render import check_values, render_graph
from tests.jobs.presets.golden import LARGE, SLUGS, shipped

PHOTO = {"__type": "core/ASSET", "info": {"id": "00000000-0000-4000-8000-000000000007"}}


def start(slug):
    preset = shipped(slug)
    return starting_graph(preset.manifest, preset.workflow)


def read(slug, graph):
    preset = shipped(slug)
    return read_graph(preset.manifest, preset.workflow, graph)


def values_in(slug, graph):
    return check_values(shipped(slug).manifest, read(slug, graph).values)


def refusals(slug, graph):
    with pytest.raises(AnotherGraph) as refused:
        read(slug, graph)
    return [str(each) for each in refused.value.differences]


def edited(slug, node, name, value):
    graph = start(slug)
    graph[node]["inputs"][name] = value
    return graph


@pytest.mark.parametrize("slug", SLUGS)
def test_the_starting_graph_asks_for_the_defaults_and_examples(slug):
    manifest = shipped(slug).manifest
    found = values_in(slug, start(slug))
    if manifest.seed:
        found.pop(manifest.seed.name)
    assert found == check_values(manifest, example_values(manifest))


@pytest.mark.parametrize("slug", SLUGS)
def test_only_a_graph_of_its_own_is_taken(slug):
    others = [other for other in SLUGS if other != slug]
    assert all(refusals(slug, start(other)) for other in others)


@st.composite
def settings_of(draw, manifest):
    """Valid values for the parameters that the graph holds."""
    values = example_values(manifest)
    for parameter in manifest.settings:
        if isinstance(parameter, ChoiceParameter):
            values[parameter.name] = draw(st.sampled_from([choice.value for choice in parameter.choices]))
        elif isinstance(parameter, BooleanParameter) and parameter.targets:
            values[parameter.name] = draw(st.booleans())
        elif isinstance(parameter, IntegerParameter | NumberParameter):
            steps = int((parameter.maximum - parameter.minimum) / parameter.step + 1e-9)
            at = parameter.minimum + draw(st.integers(0, steps)) * parameter.step
            values[parameter.name] = parameter.parse(at)
    return check_values(manifest, values)


@settings(max_examples=60)
@given(st.data(), st.sampled_from(SLUGS), st.integers(0, 2**53 - 1))
def test_a_rendered_graph_gives_back_what_it_was_rendered_from(data, slug, seed):
    preset = shipped(slug)
    values = data.draw(settings_of(preset.manifest))
    rendered = render_graph(
        preset.manifest,
        preset.workflow,
        values=values,
        seed=seed,
        photo=LARGE if preset.manifest.needs_photo else None,
        filename_prefix="jobs/1/out",
    )
    found = values_in(slug, rendered)
    if preset.manifest.seed:
        assert found.pop(preset.manifest.seed.name) == seed
    asked = {name: value for name, value in values.items() if preset.manifest.parameter(name).all_targets}
    for parameter in preset.manifest.settings:
        if getattr(parameter, "photo_cap", None):  # the photo limits what is bound
            asked[parameter.name] = min(asked.get(parameter.name, parameter.maximum), LARGE.longest_side)
            found.setdefault(parameter.name, parameter.maximum)  # the largest size is the photo's own
    assert {name: found[name] for name in asked} == asked


def with_ids_as_numbers(graph):
    for node in graph.values():
        for value in node["inputs"].values():
            if isinstance(value, list):
                value[:] = int(value[0]), float(value[1])


def without_titles(graph):
    for node in graph.values():
        node.pop("_meta")


def in_another_order(graph):
    for node_id in sorted(graph, reverse=True):
        graph[node_id] = dict(reversed(graph.pop(node_id).items()))


def with_numbers_as_floats(graph):
    for node in graph.values():
        for name, value in node["inputs"].items():
            if isinstance(value, int) and not isinstance(value, bool):
                node["inputs"][name] = float(value)


@pytest.mark.parametrize("slug", SLUGS)
@pytest.mark.parametrize(
    "write", [with_ids_as_numbers, without_titles, in_another_order, with_numbers_as_floats]
)
def test_how_a_graph_is_written_does_not_matter(slug, write):
    graph = start(slug)
    write(graph)
    assert values_in(slug, graph) == values_in(slug, start(slug))


def test_the_photo_is_what_stands_at_its_input():
    assert read("cinematic", edited("cinematic", "1", "image", PHOTO)).photo == PHOTO
    assert read("text_to_image", start("text_to_image")).photo is None


def test_the_largest_size_stands_for_the_photos_own():
    assert "size" not in read("cinematic", start("cinematic")).values
    assert read("cinematic", edited("cinematic", "2", "largest_size", 800)).values["size"] == 800


def test_switches_may_be_written_as_words():
    assert values_in("cinematic", edited("cinematic", "870", "blend_factor", True))["bars"] is True
    assert values_in("cinematic", edited("cinematic", "870", "blend_factor", 0))["bars"] is False


@pytest.mark.parametrize(
    ("node", "name", "value", "said"),
    [
        ("2", "upscale_method", "area", "is “area”; the preset has “lanczos”, which cannot be changed."),
        ("2", "image", ["3", 0], "is output 0 of node 3; the preset links it to output 0 of node 1."),
        ("2", "image", ["1", 1], "is output 1 of node 1; the preset links it to output 0 of node 1."),
        ("2", "image", "1", "is “1”; the preset links it to output 0 of node 1."),
        ("2", "image", [["1"], 0], "is a list; the preset links it to output 0 of node 1."),
        ("2", "image", ["1", True], "is a list; the preset links it to output 0 of node 1."),
        ("2", "largest_size", ["3", 0], "takes a value, not a link."),
        ("500", "blend_mode", ["2", 0], "is a list; the preset has “normal”, which cannot be changed."),
        ("700", "width", True, "is true; the preset has 96, which cannot be changed."),
        ("700", "width", None, "is null; the preset has 96, which cannot be changed."),
        ("700", "width", 10**4000, "is a very large number; the preset has 96, which cannot be changed."),
        ("870", "blend_factor", 0.5, "has to be 1.0 (on) or 0.0 (off)."),
        ("1", "upload", "image", "is not in the preset."),
    ],
)
def test_an_input_that_differs_is_named_with_both_values(node, name, value, said):
    assert refusals("cinematic", edited("cinematic", node, name, value)) == [
        f"Node {node}: input {name} {said}"
    ]


def test_inputs_that_one_setting_writes_have_to_agree():
    assert refusals("marketplace_square", edited("marketplace_square", "5", "width", 900)) == [
        "Node 5: input width has to be equal to 2.target_width."
    ]


def test_inputs_of_a_choice_have_to_be_those_of_one_option():
    (said,) = refusals("thumbnail_pop", edited("thumbnail_pop", "2", "width", 999))
    assert said.startswith("Node 2: input height has to be 360 or 720 or 1080")


def missing_node(graph):
    del graph["500"]


def further_node(graph):
    graph["zwölf\n"] = graph["500"]


def another_class(graph):
    graph["500"]["class_type"] = "LoadImage"


def missing_input(graph):
    del graph["500"]["inputs"]["image1"]


def bypassed(graph):
    graph["500"]["mode"] = 4


def a_list_for_a_node(graph):
    graph["500"] = []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (missing_node, "Node 500: it is missing; the preset has ImageBlend there."),
        (further_node, "Node zwölf�: it is not in the preset."),
        (another_class, "Node 500: it has the class “LoadImage”; the preset has ImageBlend there."),
        (missing_input, "Node 500: input image1 is missing."),
        (bypassed, "Node 500: it has a field “mode”, which the preset does not have."),
        (a_list_for_a_node, "Node 500: it is not an object with class_type and inputs."),
    ],
)
def test_a_node_that_differs_is_named(change, said):
    graph = start("cinematic")
    change(graph)
    assert refusals("cinematic", graph) == [said]


def test_the_differences_are_counted_only_up_to_a_number():
    assert len(refusals("cinematic", {str(number): {} for number in range(100_000, 150_000)})) == MOST_NAMED


def test_likeness_counts_equal_nodes():
    preset = shipped("cinematic")
    assert likeness(preset.workflow, start("cinematic")) == len(preset.workflow)
    assert likeness(preset.workflow, {"1": {"class_type": "LoadImage"}, "2": None, "3": []}) == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@st.composite
def hostile_graphs(draw):
    """A starting graph with a few places overwritten by anything, or anything at all."""
    slug = draw(st.sampled_from(SLUGS))
    graph = start(slug)
    for _ in range(draw(st.integers(1, 3))):
        node = graph[draw(st.sampled_from(sorted(graph)))]
        place = draw(st.sampled_from(["node", "class", "inputs", "input", "input", "input"]))
        if place == "node":
            graph[draw(st.sampled_from(sorted(graph)) | st.text(max_size=5))] = draw(JSON)
        elif not isinstance(node, dict):
            continue
        elif place == "class":
            node["class_type"] = draw(JSON)
        elif place == "inputs":
            node["inputs"] = draw(JSON)
        elif isinstance(node.get("inputs"), dict) and node["inputs"]:
            node["inputs"][draw(st.sampled_from(sorted(node["inputs"])) | st.text(max_size=5))] = draw(JSON)
    return slug, graph


@settings(max_examples=300)
@given(hostile_graphs())
def test_whatever_is_sent_is_read_or_refused_in_words(sent):
    slug, graph = sent
    before = copy.deepcopy(graph)
    said, values = [], set()
    try:
        values = set(read(slug, graph).values)
    except AnotherGraph as refused:
        said = [str(each) for each in refused.differences]
    assert bool(said) != bool(values)
    assert all(len(each) < 400 and each.isprintable() for each in said)
    assert values <= {parameter.name for parameter in shipped(slug).manifest.parameters}
    assert repr(graph) == repr(before)
