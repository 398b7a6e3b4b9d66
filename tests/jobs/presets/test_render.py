"""Rendering values into graphs: defaults, the size rule, and what must never reach a graph."""

import copy
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.presets.check import example_values
from jobs.presets.graph import parse_graph
from jobs.presets.params import (
    MAX_SEED,
    BooleanParameter,
    ChoiceParameter,
    IntegerParameter,
    NumberParameter,
)
from jobs.presets.render import InvalidParameters, Photo, check_values, render_graph
from jobs.presets.shipped import shipped_presets
from tests.jobs.presets.golden import LARGE, SLUGS, golden_json, shipped

PREFIX = "jobs/1/2/out"


def render(slug, values=None, *, seed=1, photo=LARGE, prefix=PREFIX):
    preset = shipped(slug)
    values = {**example_values(preset.manifest), **(values or {})}
    photo = photo if preset.manifest.needs_photo else None
    return render_graph(
        preset.manifest, preset.workflow, values=values, seed=seed, photo=photo, filename_prefix=prefix
    )


def changed(before, after):
    """Return {"node.input": new value} for every difference; only input values may differ."""
    assert list(before) == list(after)
    different = {}
    for node in before:
        assert {**before[node], "inputs": None} == {**after[node], "inputs": None}
        assert list(before[node]["inputs"]) == list(after[node]["inputs"])
        for name, value in after[node]["inputs"].items():
            if repr(value) != repr(before[node]["inputs"][name]):
                different[f"{node}.{name}"] = value
    return different


OWN_SIZE = {"2.largest_size": LARGE.longest_side}
WHOLE_SQUARE = ("2.target_width", "2.target_height", "4.width", "4.height", "5.width", "5.height")
OTHER_DEFAULTS = {
    "portrait_pro": OWN_SIZE,
    "product_glow": OWN_SIZE,
    "mono_film": OWN_SIZE,
    "cinematic": {**OWN_SIZE, "870.blend_factor": 0.0},
    "thumbnail_pop": {"50.blend_factor": 1.0},
    "marketplace_square": {**dict.fromkeys(WHOLE_SQUARE, 4096), "750.blend_factor": 0.0},
}
"""Our defaults that differ from the recorded ones: photos keep their size, and nothing covers or crops them."""


@pytest.mark.parametrize("slug", SLUGS)
def test_defaults_give_the_recorded_graph(slug):
    """The recorded graph contains the recorded defaults, so only photo, prefix and OTHER_DEFAULTS may differ."""
    expected = {"1.image": LARGE.name, "9.filename_prefix": PREFIX, **OTHER_DEFAULTS.get(slug, {})}
    if slug == "text_to_image":
        del expected["1.image"]
    assert changed(golden_json(slug, "api"), render(slug)) == expected


@pytest.mark.parametrize("slug", SLUGS)
def test_recorded_parameters_reach_the_recorded_targets(slug):
    """Write each number's minimum and each boolean's opposite through the recorded bindings, and compare."""
    expected, values = golden_json(slug, "api"), {}
    for entry in golden_json(slug, "bindings")["parameters"]:
        if entry["type"] in ("number", "integer", "boolean"):
            value = entry["min"] if "min" in entry else not entry["default"]
            values[entry["name"]] = value
            for target in entry["targets"]:
                literal = float(value) if isinstance(value, bool) else value
                expected[target["node"]]["inputs"][target["input"]] = literal
        elif entry["type"] == "choice":
            values[entry["name"]] = entry["choices"][0]["value"]
            for item in entry["choices"][0]["set"]:
                expected[item["node"]]["inputs"][item["input"]] = item["value"]
        elif entry["type"] == "seed":
            expected[entry["targets"][0]["node"]]["inputs"]["seed"] = MAX_SEED
    left = changed(expected, render(slug, values, seed=MAX_SEED, photo=LARGE))
    assert left.keys() - {"1.image"} == {"9.filename_prefix"}


SIZES = [
    # requested longest side, enlarge, photo size, rendered bound
    (2048, False, (4000, 3000), 2048),
    (2048, False, (3000, 4000), 2048),
    (2048, False, (2048, 10), 2048),
    (2048, False, (2047, 10), 2047),
    (2048, False, (300, 200), 300),
    (2048, True, (300, 200), 2048),
    (8192, False, (4000, 3000), 4000),
    (8192, False, (8688, 5792), 8192),
    (512, False, (511, 511), 511),
    (512, False, (1, 1), 1),
]


@pytest.mark.parametrize(("size", "enlarge", "photo", "bound"), SIZES)
@pytest.mark.parametrize("slug", ["portrait_pro", "product_glow", "cinematic", "mono_film"])
def test_size_never_enlarges_unless_asked(slug, size, enlarge, photo, bound):
    graph = render(slug, {"size": size, "enlarge": enlarge}, photo=Photo("p.png", *photo))
    assert graph["2"]["inputs"]["largest_size"] == bound


@pytest.mark.parametrize(
    ("size", "enlarge", "photo", "bound"),
    [
        (1600, False, (4000, 3000), 1600),
        (1600, False, (1200, 900), 1200),
        (1600, False, (300, 200), 500),
        (1600, True, (300, 200), 1600),
        (500, False, (499, 499), 500),
        (4096, False, (4000, 6000), 4096),
    ],
)
def test_the_square_follows_the_longest_side_down_to_500(size, enlarge, photo, bound):
    graph = render("marketplace_square", {"size": size, "enlarge": enlarge}, photo=Photo("p.png", *photo))
    sides = [graph["2"]["inputs"][name] for name in ("target_width", "target_height")]
    sides += [graph[node]["inputs"][name] for node in "45" for name in ("width", "height")]
    assert sides == [bound] * 6


def test_a_thumbnail_is_exact_for_any_photo():
    graph = render("thumbnail_pop", {"size": "1920x1080"}, photo=Photo("p.png", 30, 20))
    assert (graph["2"]["inputs"]["width"], graph["2"]["inputs"]["height"]) == (1920, 1080)


def test_all_wrong_fields_are_told_at_once():
    raw = {"strength": "abc", "size": 3.5, "bars": 2, "strenght": 1, "image": "x", "filename_prefix": "../x"}
    with pytest.raises(InvalidParameters) as refused:
        check_values(shipped("cinematic").manifest, raw)
    assert refused.value.errors == {
        "image": "Send the photo with the job, not as a setting.",
        "strength": "Enter a number.",
        "size": "Enter a whole number.",
        "bars": "Enter true or false.",
        "strenght": "This preset has no such setting. Did you mean strength?",
        "filename_prefix": "This preset has no such setting.",
    }


def test_a_prompt_is_needed_and_a_seed_is_not():
    manifest = shipped("text_to_image").manifest
    with pytest.raises(InvalidParameters) as refused:
        check_values(manifest, {})
    assert refused.value.errors == {"prompt": "This setting is required."}
    assert "seed" not in check_values(manifest, {"prompt": "a cup"})
    assert check_values(manifest, {"prompt": "a cup", "seed": "7"})["seed"] == 7


def test_the_seed_argument_wins_over_a_value():
    assert render("cinematic", {"seed": 3}, seed=4)["801"]["inputs"]["seed"] == 4


def accepted(parameter):
    """Return a strategy of JSON values that the parameter accepts."""
    if isinstance(parameter, BooleanParameter):
        return st.booleans()
    if isinstance(parameter, ChoiceParameter):
        return st.sampled_from([choice.value for choice in parameter.choices])
    if isinstance(parameter, IntegerParameter | NumberParameter):
        steps = round((parameter.maximum - parameter.minimum) / parameter.step)
        return st.integers(0, steps).map(lambda n: parameter.minimum + n * parameter.step)
    return st.text(
        st.characters(exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp")), min_size=1, max_size=1000
    )


@st.composite
def presets_with_values(draw):
    preset = draw(st.sampled_from(shipped_presets()))
    chosen = st.fixed_dictionaries(
        {p.name: accepted(p) for p in preset.manifest.settings if p.required},
        optional={p.name: accepted(p) for p in preset.manifest.settings if not p.required},
    )
    return preset, draw(chosen)


@settings(max_examples=60)
@given(
    presets_with_values(),
    st.integers(0, MAX_SEED),
    st.integers(1, 20000),
    st.integers(1, 20000),
    st.booleans(),
)
def test_any_accepted_values_change_only_their_targets(preset_and_values, seed, width, height, as_strings):
    preset, values = preset_and_values
    manifest, before = preset.manifest, copy.deepcopy(preset.workflow)
    raw = {name: str(value) for name, value in values.items()} if as_strings else values
    checked = check_values(manifest, raw)
    assert check_values(manifest, json.loads(json.dumps(checked))) == checked
    photo = Photo("a/b.png", width, height) if manifest.needs_photo else None
    graph = render_graph(
        manifest, preset.workflow, values=checked, seed=seed, photo=photo, filename_prefix=PREFIX
    )
    assert preset.workflow == before
    allowed = {str(target) for p in manifest.parameters for target in p.all_targets} | {"9.filename_prefix"}
    assert changed(before, parse_graph(json.loads(json.dumps(graph)))).keys() <= allowed


@pytest.mark.parametrize(
    "left_out", [{}, {"size": None}, {"enlarge": True}], ids=["no size", "null", "enlarge"]
)
@pytest.mark.parametrize(("photo", "bound"), [((4032, 3024), 4032), ((30, 20), 30), ((2000, 20000), 16384)])
def test_without_a_size_a_photo_keeps_its_own(left_out, photo, bound):
    graph = render("cinematic", left_out, photo=Photo("p.png", *photo))
    assert graph["2"]["inputs"]["largest_size"] == bound


HOSTILE = [
    "../../etc/passwd",
    ["3", 0],
    {"class_type": "LoadImage"},
    10**400,
    -(10**400),
    float("nan"),
    "1; DROP TABLE jobs",
    "𝟙",
    "\u202e1",
    None,
]


@pytest.mark.parametrize("raw", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("slug", SLUGS)
def test_hostile_values_are_refused_by_name(slug, raw):
    manifest = shipped(slug).manifest
    fields = [p.name for p in manifest.settings if p.kind != "string" and not (raw is None and p.is_optional)]
    hostile = dict.fromkeys(fields, raw)
    with pytest.raises(InvalidParameters) as refused:
        render(slug, hostile)
    assert list(refused.value.errors) == fields


@pytest.mark.parametrize(
    "name", ["9", "9.filename_prefix", "2.largest_size", "__proto__", "image", "\U0001f4a5", "x" * 10**6]
)
def test_extra_keys_are_refused_by_name(name):
    with pytest.raises(InvalidParameters) as refused:
        render("cinematic", {name: 1})
    assert list(refused.value.errors) == [name]


def test_hostile_text_stays_in_the_prompt():
    text = '"}}, "9": {"inputs": {"filename_prefix": "../../x"}} %date% 🍵'
    graph = render("text_to_image", {"prompt": text})
    assert changed(golden_json("text_to_image", "api"), graph) == {
        "6.text": text,
        "9.filename_prefix": PREFIX,
    }


UNSAFE = [
    "",
    "/etc/passwd",
    "../x",
    "a/../x",
    "a//b",
    "a\\b",
    "a\nb",
    "%date%",
    "~/x",
    "a b",
    "ü",
    "a/",
    "x" * 201,
]


@pytest.mark.parametrize("path", UNSAFE, ids=range(len(UNSAFE)))
def test_unsafe_names_and_prefixes_are_refused(path):
    with pytest.raises(ValueError, match="photo name"):
        Photo(path, 10, 10)
    with pytest.raises(ValueError, match="filename_prefix"):
        render("cinematic", prefix=path)


def test_photo_and_seed_must_fit():
    preset, other = shipped("cinematic"), shipped("text_to_image")
    good = {"values": {}, "seed": 1, "photo": LARGE, "filename_prefix": PREFIX}
    with pytest.raises(ValueError, match="needs a photo"):
        render_graph(preset.manifest, preset.workflow, **(good | {"photo": None}))
    with pytest.raises(ValueError, match="takes no photo"):
        render_graph(other.manifest, other.workflow, **good)
    for seed in (-1, MAX_SEED + 1):
        with pytest.raises(ValueError, match="seed"):
            render_graph(preset.manifest, preset.workflow, **(good | {"seed": seed}))
    with pytest.raises(ValueError, match="pixel"):
        Photo("p.png", 0, 10)
