"""Manifests: read strictly, written back without loss."""

import json
import math

import pytest

from jobs.presets.manifest import ManifestError, from_json, load_manifest
from jobs.presets.params import SeedParameter
from tests.jobs.presets.golden import SLUGS, shipped


def minimal(**changes):
    data = {
        "slug": "plain",
        "title": "Plain",
        "summary": "Nothing.",
        "description": "Does nothing.",
        "category": "Looks",
        "credits": 1,
        "position": 1,
        "needs_photo": True,
        "output_node": "9",
        "parameters": [
            {"type": "image", "name": "image", "label": "Photo", "targets": ["1.image"]},
            {"type": "boolean", "name": "enlarge", "label": "Enlarge", "default": False},
        ],
    }
    return data | changes


def with_parameter(**parameter):
    return minimal(parameters=[*minimal()["parameters"], {"name": "x", "label": "X", **parameter}])


@pytest.mark.parametrize("slug", SLUGS)
def test_shipped_manifests_survive_the_database(slug):
    manifest = shipped(slug).manifest
    assert from_json(json.loads(json.dumps(manifest.to_json(), sort_keys=True))) == manifest


def test_a_small_manifest_gets_the_defaults():
    manifest = from_json(minimal())
    assert (manifest.run_timeout_s, manifest.weights, manifest.required_models) == (120, {}, ())
    assert from_json(manifest.to_json()) == manifest


def test_toml_and_json_have_one_shape():
    toml = "\n".join(f"{k} = {json.dumps(v)}" for k, v in minimal().items() if k != "parameters")
    toml += '\n[[parameters]]\ntype = "image"\nname = "image"\nlabel = "Photo"\ntargets = ["1.image"]\n'
    data = minimal(parameters=minimal()["parameters"][:1])
    assert load_manifest(toml) == from_json(data)


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ([], ""),
        (minimal(slug="No Good"), "slug"),
        (minimal(title=""), "title"),
        (minimal(title=None), "title"),
        (minimal(credits=True), "credits"),
        (minimal(credits=-1), "credits"),
        (minimal(credits="1"), "credits"),
        (minimal(colour="red"), "colour"),
        (minimal(ground="white"), "ground"),
        (minimal(ground="#FFFFFF"), "ground"),
        (minimal(keeps_transparency="yes"), "keeps_transparency"),
        (minimal(keeps_transparency=True), "keeps_transparency"),
        (minimal(result={"longest_side": "2.size"}), "result.longest_side"),
        (minimal(result={"longest_side": "2"}), "result.longest_side"),
        (minimal(result={"width": "1.image"}), "result.longest_side"),
        (minimal(result={"depth": "1.image"}), "result.depth"),
        (minimal(run_timeout_s=0), "run_timeout_s"),
        (minimal(needs_photo=False), "needs_photo"),
        (minimal(weights={"1": -1}), "weights.1"),
        (minimal(weights={"1": math.nan}), "weights.1"),
        (minimal(required_models=[1]), "required_models"),
        (minimal(stages=[{"node": "1"}]), "stages[0].title"),
        (minimal(stages=[{"node": "1", "title": "A"}, {"node": "1", "title": "B"}]), "stages"),
        (minimal(parameters=[minimal()["parameters"][0]] * 2), "parameters"),
        (minimal(parameters={}), "parameters"),
        (with_parameter(type="colour"), "parameters[2].type"),
        (with_parameter(type="string"), "parameters[2].max_length"),
        (with_parameter(type="boolean", name="Not OK"), "parameters[2].name"),
        (with_parameter(type="boolean", default="yes"), "parameters[2].default"),
        (with_parameter(type="boolean", targets=["nonsense"]), "parameters[2].targets"),
        (with_parameter(type="boolean", targets=["1.image"]), "parameters"),
        (with_parameter(type="boolean", minimum=1), "parameters[2].minimum"),
        (with_parameter(type="integer", minimum=5, maximum=4), "parameters[2].maximum"),
        (with_parameter(type="integer", minimum=0, maximum=9, step=2, default=3), "parameters[2].default"),
        (with_parameter(type="integer", minimum=0, maximum=9, photo_cap={"unless": "image"}), "parameters"),
        (with_parameter(type="number", minimum=0, maximum=1, step=0), "parameters[2].step"),
        (with_parameter(type="number", minimum=0, maximum=math.inf, step=1), "parameters[2].maximum"),
        (with_parameter(type="choice", choices=[]), "parameters[2].choices"),
        (with_parameter(type="choice", choices=[{"value": "a"}, {"value": "a"}]), "parameters[2].choices"),
        (
            with_parameter(type="choice", choices=[{"value": "a", "set": {"1.x": [1]}}]),
            "parameters[2].choices[0].set.1.x",
        ),
        (
            with_parameter(type="choice", choices=[{"value": "a", "set": {"1.x": 1}}, {"value": "b"}]),
            "parameters[2].choices",
        ),
        (with_parameter(type="seed", default=1), "parameters[2].default"),
        (with_parameter(type="image"), "parameters"),
    ],
)
def test_errors_name_the_file_and_the_field(data, field):
    with pytest.raises(ManifestError) as refused:
        from_json(data, source="x/preset.toml")
    assert (refused.value.source, refused.value.field) == ("x/preset.toml", field)
    assert str(refused.value).startswith("x/preset.toml: ")


def test_bad_toml_names_the_file():
    with pytest.raises(ManifestError, match=r"^x/preset\.toml: not TOML: "):
        load_manifest("slug = ", source="x/preset.toml")


def test_the_schema_covers_what_people_set():
    schema = shipped("text_to_image").manifest.to_json_schema()
    assert list(schema["properties"]) == [
        "prompt",
        "negative",
        "width",
        "height",
        "steps",
        "guidance",
        "sampler",
        "model",
        "seed",
    ]
    assert (schema["required"], schema["additionalProperties"]) == (["prompt"], False)


def test_settings_leave_photo_and_seed_to_the_job():
    manifest = shipped("cinematic").manifest
    assert [parameter.name for parameter in manifest.settings] == [
        "strength",
        "warmth",
        "grain",
        "vignette",
        "bars",
        "size",
        "enlarge",
    ]
    assert manifest.has_seed is True
    assert isinstance(manifest.parameter("seed"), SeedParameter)
    assert shipped("portrait_pro").manifest.has_seed is False
    with pytest.raises(KeyError):
        manifest.parameter("nothing")
