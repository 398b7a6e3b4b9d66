"""The presets that come with Creator, compared with the recordings of a real server."""

import copy
import dataclasses
from pathlib import Path

import pytest
from PIL import Image

from jobs.presets.check import check_preset
from jobs.presets.manifest import ManifestError, from_json
from jobs.presets.shipped import digest_of, load_preset, shipped_presets
from tests.jobs.presets.golden import MODEL_FREE, NEED_MODELS, SLUGS, golden_json, object_info, shipped

ROOT = Path(__file__).parents[3]


def test_the_list_has_an_order_and_prices():
    listed = [(p.manifest.slug, p.manifest.credits) for p in shipped_presets()]
    assert listed == [
        ("portrait_pro", 2),
        ("product_glow", 1),
        ("cinematic", 1),
        ("thumbnail_pop", 1),
        ("marketplace_square", 1),
        ("mono_film", 1),
        ("sdxl_portrait", 4),
        ("text_to_image", 3),
    ]


@pytest.mark.parametrize("slug", SLUGS)
def test_every_preset_is_sound(slug):
    assert check_preset(shipped(slug)) == []


@pytest.mark.parametrize("slug", SLUGS)
def test_graph_classes_stages_and_models_are_the_recorded_ones(slug):
    preset, bindings = shipped(slug), golden_json(slug, "bindings")
    manifest = preset.manifest
    assert preset.workflow == golden_json(slug, "api")
    assert sorted(manifest.required_classes) == sorted(bindings["node_classes"])
    assert [stage.node for stage in manifest.stages] == [stage["node"] for stage in bindings["stages"]]
    models = [f"{folder}/{name}" for folder, names in bindings.get("models", {}).items() for name in names]
    assert list(manifest.required_models) == models
    if slug in MODEL_FREE:
        assert manifest.weights.keys() == bindings["timing"]["node_ms"].keys()
        heaviest, whole = max(manifest.weights.values()), sum(manifest.weights.values())
        assert heaviest < whole / 2, "one node is half of the progress bar"


@pytest.mark.parametrize("slug", SLUGS)
def test_every_recorded_parameter_has_its_targets(slug):
    manifest = shipped(slug).manifest
    ours = {p.name: {str(target) for target in p.all_targets} for p in manifest.parameters}
    ours["filename_prefix"] = {f"{manifest.output_node}.filename_prefix"}
    for entry in golden_json(slug, "bindings")["parameters"]:
        sets = [item for choice in entry.get("choices", []) for item in choice["set"]]
        recorded = {f"{target['node']}.{target['input']}" for target in [*entry["targets"], *sets]}
        assert ours.pop(entry["name"]) == recorded
    ours.pop("enlarge", None)
    assert list(ours) == (["sampler"] if slug == "text_to_image" else [])


@pytest.mark.parametrize("slug", SLUGS)
def test_a_real_node_takes_every_value_in_bounds(slug):
    """Compare with the server's description of each input (`/object_info`): number ranges and option lists."""
    preset, info = shipped(slug), object_info()
    for parameter in preset.manifest.parameters:
        for target in parameter.all_targets:
            node_inputs = info[preset.workflow[target.node]["class_type"]]["input"]["required"]
            kind, *options = node_inputs[target.input]
            if parameter.kind in ("integer", "number"):
                least = (
                    parameter.photo_cap.floor if getattr(parameter, "photo_cap", None) else parameter.minimum
                )
                assert options[0]["min"] <= least <= parameter.maximum <= options[0]["max"]
                assert kind == ("INT" if parameter.kind == "integer" else "FLOAT")
            if parameter.name == "sampler":
                assert {choice.value for choice in parameter.choices} <= set(kind)


def test_text_to_image_has_the_agreed_bounds():
    schema = shipped("text_to_image").manifest.to_json_schema()["properties"]
    assert (schema["prompt"]["minLength"], schema["prompt"]["maxLength"]) == (1, 1000)
    for side in ("width", "height"):
        assert [schema[side][key] for key in ("minimum", "maximum", "multipleOf")] == [64, 2048, 8]
    assert schema["seed"]["maximum"] == 2**53 - 1


def test_a_digest_stays_when_words_or_price_change():
    preset = shipped("thumbnail_pop")
    reworded = preset.manifest.to_json()
    reworded |= {
        "title": "Other",
        "credits": 9,
        "position": 9,
        "weights": {},
        "stages": [],
        "run_timeout_s": 9,
    }
    for parameter in reworded["parameters"]:
        parameter |= {"label": "Other", "help": "Other", "advanced": True}
    reworded["parameters"][-1]["choices"][0]["label"] = "Other"
    assert digest_of(from_json(reworded), preset.workflow) == preset.digest


CHANGES = [
    {"default": 0.5},
    {"maximum": 0.9, "default": 0.5},
    {"step": 0.1},
    {"name": "force"},
    {"targets": ["50.blend_factor"]},
]


@pytest.mark.parametrize("change", CHANGES, ids=range(len(CHANGES)))
def test_a_digest_changes_with_a_parameter(change):
    preset = shipped("portrait_pro")
    data = preset.manifest.to_json()
    data["parameters"][1] |= change
    assert digest_of(from_json(data), preset.workflow) != preset.digest


def test_a_digest_changes_with_the_graph_and_not_with_its_key_order():
    preset = shipped("portrait_pro")
    backwards = dict(reversed(preset.workflow.items()))
    assert digest_of(preset.manifest, backwards) == preset.digest
    other = copy.deepcopy(preset.workflow)
    other["900"]["inputs"]["alpha"] = 0.07
    assert digest_of(preset.manifest, other) != preset.digest


@pytest.mark.parametrize("change", [{"ground": "#000000"}, {"keeps_transparency": True}])
def test_a_digest_changes_with_what_becomes_of_transparency(change):
    preset = shipped("cinematic")
    data = preset.manifest.to_json() | change
    assert digest_of(from_json(data), preset.workflow) != preset.digest


def test_digests_differ_and_are_sha256():
    digests = {preset.digest for preset in shipped_presets()}
    assert (len(digests), {len(digest) for digest in digests}) == (len(SLUGS), {64})


def test_a_manifest_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        shipped("cinematic").manifest.credits = 0


def write_preset(folder, *, slug, workflow):
    folder.mkdir()
    text = (ROOT / "jobs/presets/catalog/mono_film/preset.toml").read_text("utf-8")
    (folder / "preset.toml").write_text(text.replace("mono_film", slug), "utf-8")
    (folder / "workflow.json").write_text(workflow, "utf-8")


def test_a_folder_is_read_by_its_own_name(tmp_path):
    workflow = (ROOT / "jobs/presets/catalog/mono_film/workflow.json").read_text("utf-8")
    write_preset(tmp_path / "mine", slug="mine", workflow=workflow)
    assert check_preset(load_preset(tmp_path / "mine")) == []
    write_preset(tmp_path / "other", slug="mine", workflow=workflow)
    with pytest.raises(ManifestError, match=r"^other/preset\.toml: slug: "):
        load_preset(tmp_path / "other")


@pytest.mark.parametrize(
    "workflow", ["{", "[]", "{}", '{"1": {"inputs": {}}}', '{"1": {"class_type": "A"}}', '{"1": 2}']
)
def test_a_graph_of_another_shape_names_its_file(tmp_path, workflow):
    write_preset(tmp_path / "mine", slug="mine", workflow=workflow)
    with pytest.raises(ManifestError, match=r"^mine/workflow\.json: "):
        load_preset(tmp_path / "mine")


@pytest.mark.parametrize("slug", MODEL_FREE)
@pytest.mark.parametrize(
    ("suffix", "size", "most"), [("", (480, 360), 40_000), ("-large", (1400, 1050), 120_000)]
)
@pytest.mark.parametrize("name", ["before", "after"])
def test_pictures_are_light_and_of_one_shape(slug, name, suffix, size, most):
    path = ROOT / "static/presets" / slug / f"{name}{suffix}.webp"
    with Image.open(path) as picture:
        assert (picture.format, picture.size) == ("WEBP", size)
    assert path.stat().st_size <= most


def test_every_preset_shows_another_motif_and_names_its_source():
    pictures = [ROOT / "static/presets" / slug / "before-large.webp" for slug in MODEL_FREE]
    assert len({path.read_bytes() for path in pictures}) == len(MODEL_FREE)
    credits = (ROOT / "static/presets/CREDITS.txt").read_text("utf-8").splitlines()
    assert [slug for slug in MODEL_FREE if slug not in credits] == []


def test_presets_that_were_never_run_show_no_picture():
    assert [slug for slug in NEED_MODELS if (ROOT / "static/presets" / slug).exists()] == []


def test_every_folder_says_what_it_does():
    readmes = [ROOT / "jobs/presets/catalog" / slug / "README.md" for slug in SLUGS]
    headings = [
        [line for line in path.read_text("utf-8").splitlines() if line.startswith("## ")] for path in readmes
    ]
    assert headings == [["## Parameters", "## How the look is made", "## Limits"]] * len(SLUGS)
    for slug, path in zip(SLUGS, readmes, strict=True):
        missing = [
            p.name for p in shipped(slug).manifest.settings if f"`{p.name}`" not in path.read_text("utf-8")
        ]
        assert missing == []
