"""The manifest of a preset: texts, price, parameters and what a node must have.

It is read from `preset.toml` or from the JSON of a row.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from jobs.presets.param_table import parameter_to_json, read_parameter
from jobs.presets.params import (
    BooleanParameter,
    ImageParameter,
    IntegerParameter,
    InvalidValue,
    Parameter,
    SeedParameter,
    Target,
    Value,
)
from jobs.presets.reading import ManifestError, Table

__all__ = ["Manifest", "ManifestError", "Stage", "from_json", "load_manifest"]

DEFAULT_RUN_TIMEOUT_S = 120
DEFAULT_ASPECT_RATIO = 10.0
DEFAULT_GROUND = "#ffffff"
RESULT_FIELDS = ("longest_side", "width", "height")
_SLUG = re.compile(r"[a-z][a-z0-9_]{1,49}")
_COLOUR = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True, slots=True)
class Stage:
    """A step of the graph that pages show, e.g. "Light and colour"; it ends when `node` ends."""

    node: str
    title: str


@dataclass(frozen=True, slots=True)
class ResultSize:
    """Which graph inputs decide the size of the result: its longest side, or its width and its height."""

    longest_side: Target | None = None
    width: Target | None = None
    height: Target | None = None

    def to_json(self) -> dict[str, str]:
        """Return the table that the manifest has for it."""
        return {name: str(getattr(self, name)) for name in RESULT_FIELDS if getattr(self, name)}


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """Everything about a preset except its graph.

    `weights` are relative node times for progress (any unit). `required_models` are "folder/file", as a node
    lists them. `max_aspect_ratio` is the largest ratio of long to short side that a photo may have: in a
    longer photo a blur would be wider than the picture. `ground` (#rrggbb) is what transparent photos are laid
    on; `result` says which inputs decide the size of the result (None: it is not known before). With
    `keeps_transparency` the result is transparent where the photo is. `credits`, `position` and the texts are not
    part of a version: they may change under the same digest.
    """

    slug: str
    title: str
    summary: str
    description: str
    category: str
    credits: int
    position: int
    parameters: tuple[Parameter, ...]
    output_node: str
    result: ResultSize | None
    stages: tuple[Stage, ...]
    weights: Mapping[str, float] = field(hash=False)
    required_classes: tuple[str, ...]
    required_models: tuple[str, ...]
    run_timeout_s: int
    needs_photo: bool
    max_aspect_ratio: float
    ground: str
    keeps_transparency: bool

    def parameter(self, name: str) -> Parameter:
        """Return one parameter; KeyError if there is none of that name."""
        for parameter in self.parameters:
            if parameter.name == name:
                return parameter
        raise KeyError(name)

    @property
    def settings(self) -> tuple[Parameter, ...]:
        """Return the parameters that a form shows: all except photo and seed, which belong to the job."""
        return tuple(p for p in self.parameters if not isinstance(p, ImageParameter | SeedParameter))

    @property
    def seed(self) -> SeedParameter | None:
        """Return the parameter of the seed. Without one, the same photo and settings give the same picture."""
        return next((p for p in self.parameters if isinstance(p, SeedParameter)), None)

    @property
    def has_seed(self) -> bool:
        """Tell whether jobs have a seed."""
        return self.seed is not None

    def seed_changes(self, values: Mapping[str, Value]) -> bool:
        """Tell whether another seed gives another picture with these values."""
        return self.seed is not None and self.silences_seed(values) is None

    def silences_seed(self, values: Mapping[str, Value]) -> Parameter | None:
        """Return the parameter whose value keeps every seed from changing the picture, if there is one."""
        silent = self.seed.no_effect_at if self.seed else ()
        return next((self.parameter(name) for name, value in silent if values.get(name) == value), None)

    def to_json(self) -> dict[str, Any]:
        """Return what `from_json` reads, ready for `json.dumps`."""
        return {
            "slug": self.slug,
            "title": self.title,
            "summary": self.summary,
            "description": self.description,
            "category": self.category,
            "credits": self.credits,
            "position": self.position,
            "needs_photo": self.needs_photo,
            "run_timeout_s": self.run_timeout_s,
            "max_aspect_ratio": self.max_aspect_ratio,
            "ground": self.ground,
            "keeps_transparency": self.keeps_transparency,
            "output_node": self.output_node,
            "result": self.result.to_json() if self.result else {},
            "required_classes": list(self.required_classes),
            "required_models": list(self.required_models),
            "stages": [{"node": stage.node, "title": stage.title} for stage in self.stages],
            "parameters": [parameter_to_json(parameter) for parameter in self.parameters],
            "weights": dict(self.weights),
        }

    def to_json_schema(self) -> dict[str, Any]:
        """Return the JSON schema (2020-12) of the values that `render.check_values` takes."""
        settable = [p for p in self.parameters if not isinstance(p, ImageParameter)]
        return {
            "type": "object",
            "title": self.title,
            "properties": {parameter.name: parameter.to_json_schema() for parameter in settable},
            "required": [parameter.name for parameter in settable if parameter.required],
            "additionalProperties": False,
        }


def load_manifest(text: str, *, source: str = "preset.toml") -> Manifest:
    """Return the manifest in a `preset.toml`; ManifestError names `source` and the field."""
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ManifestError(source, "", f"not TOML: {error}") from error
    return from_json(data, source=source)


def from_json(data: object, *, source: str = "manifest") -> Manifest:
    """Return the manifest that `Manifest.to_json` wrote; ManifestError names `source` and the field."""
    table = Table(data, source)
    parameters = tuple(read_parameter(entry) for entry in table.tables("parameters"))
    manifest = Manifest(
        slug=table.text("slug"),
        title=table.text("title"),
        summary=table.text("summary"),
        description=table.text("description"),
        category=table.text("category"),
        credits=table.integer("credits", minimum=0),
        position=table.integer("position", minimum=0),
        parameters=parameters,
        output_node=table.text("output_node"),
        result=_read_result(table.table("result")),
        stages=tuple(_read_stage(entry) for entry in table.tables("stages")),
        weights=_read_weights(table.table("weights")),
        required_classes=table.texts("required_classes"),
        required_models=table.texts("required_models"),
        run_timeout_s=table.integer("run_timeout_s", DEFAULT_RUN_TIMEOUT_S, minimum=1),
        needs_photo=table.boolean("needs_photo"),
        max_aspect_ratio=table.number("max_aspect_ratio", DEFAULT_ASPECT_RATIO),
        ground=table.text("ground", DEFAULT_GROUND),
        keeps_transparency=table.boolean("keeps_transparency", False),
    )
    table.finish()
    _check_whole(table, manifest)
    return manifest


def _read_stage(entry: Table) -> Stage:
    stage = Stage(entry.text("node"), entry.text("title"))
    entry.finish()
    return stage


def _read_result(table: Table) -> ResultSize | None:
    """Read `longest_side`, or `width` and `height`; None if the manifest does not say how large results are."""
    sides = {name: table.target(name) for name in RESULT_FIELDS if table.has(name)}
    table.finish()
    if sides and sides.keys() not in ({"longest_side"}, {"width", "height"}):
        raise table.error("longest_side", "give either longest_side, or width and height")
    return ResultSize(**sides) if sides else None


def _read_weights(table: Table) -> dict[str, float]:
    weights = {node: table.number(node) for node in table.names()}
    for node, weight in weights.items():
        if weight < 0:
            raise table.error(node, "must not be negative")
    return weights


def _check_whole(table: Table, manifest: Manifest) -> None:
    """Check rules that involve the whole manifest. Raises ManifestError."""
    if not _SLUG.fullmatch(manifest.slug):
        raise table.error("slug", "must be lower case letters, digits and _ (2 to 50)")
    if manifest.needs_photo != any(isinstance(p, ImageParameter) for p in manifest.parameters):
        raise table.error("needs_photo", "must be true if there is an image parameter, else false")
    if not _COLOUR.fullmatch(manifest.ground):
        raise table.error("ground", "must be a colour such as #ffffff")
    if repeated := _first_repeated(stage.node for stage in manifest.stages):
        raise table.error("stages", f"node {repeated} appears twice")
    _check_parameters(table, manifest)
    _check_result(table, manifest)


def _check_result(table: Table, manifest: Manifest) -> None:
    result = manifest.result
    written = {target for parameter in manifest.parameters for target in parameter.all_targets}
    for name in result.to_json() if result else ():
        if getattr(result, name) not in written:
            raise table.error(f"result.{name}", "no parameter writes to it")
    if result and result.longest_side and not manifest.needs_photo:
        raise table.error("result.longest_side", "needs a photo, whose shape the result has")
    if manifest.keeps_transparency and not (result and result.longest_side):
        raise table.error("keeps_transparency", "needs result.longest_side: the result has the photo's shape")


def _check_parameters(table: Table, manifest: Manifest) -> None:
    """Check rules that involve several parameters. Raises ManifestError."""
    names = [parameter.name for parameter in manifest.parameters]
    if repeated := _first_repeated(names):
        raise table.error("parameters", f"{repeated} appears twice")
    if repeated := _first_repeated(
        str(t) for parameter in manifest.parameters for t in parameter.all_targets
    ):
        raise table.error("parameters", f"two of them write to {repeated}")
    if repeated := _first_repeated(p.kind for p in manifest.parameters if p.kind in ("seed", "image")):
        raise table.error("parameters", f"at most one may be of type {repeated}")
    for parameter in manifest.parameters:
        _check_cap(table, manifest, parameter)
    for name, value in manifest.seed.no_effect_at if manifest.seed else ():
        if not _takes(manifest, name, value):
            raise table.error("parameters", f"seed: no_effect_at: {name} = {value!r} is no setting")


def _check_cap(table: Table, manifest: Manifest, parameter: Parameter) -> None:
    if not isinstance(parameter, IntegerParameter) or parameter.photo_cap is None:
        return
    lifted_by = [p for p in manifest.parameters if p.name == parameter.photo_cap.unless]
    if not manifest.needs_photo or not any(isinstance(p, BooleanParameter) for p in lifted_by):
        raise table.error("parameters", f"{parameter.name}: photo_cap needs a photo and a boolean to lift it")


def _takes(manifest: Manifest, name: str, value: Value) -> bool:
    try:
        return manifest.parameter(name).parse(value) == value
    except (KeyError, InvalidValue):
        return False


def _first_repeated(items: Iterable[str]) -> str | None:
    seen: set[str] = set()
    for item in items:
        if item in seen:
            return item
        seen.add(item)
    return None
