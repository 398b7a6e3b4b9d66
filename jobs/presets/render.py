"""Turns what people send into typed values, and values into the graph that a node runs."""

import copy
import difflib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from jobs.presets.graph import Graph
from jobs.presets.manifest import Manifest
from jobs.presets.params import (
    MAX_SEED,
    ImageParameter,
    IntegerParameter,
    InvalidValue,
    Parameter,
    SeedParameter,
    Target,
    Value,
)

# a path below the node's own folder: no "..", no absolute path, no %replacement%
_NODE_PATH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*")


class InvalidParameters(ValueError):
    """Values that a preset does not accept: `errors` maps every wrong field to a sentence."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{name}: {message}" for name, message in errors.items()))
        self.errors = dict(errors)


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo on the node: the name that the upload returned, and its size in pixels as shown (upright)."""

    name: str
    width: int
    height: int

    def __post_init__(self) -> None:
        _check_node_path("photo name", self.name)
        if self.width < 1 or self.height < 1:
            raise ValueError("a photo has at least one pixel a side")

    @property
    def longest_side(self) -> int:
        """Pixels of the longer side."""
        return max(self.width, self.height)


def check_values(manifest: Manifest, raw: Mapping[str, object]) -> dict[str, Value]:
    """Return the typed values with defaults filled in, or raise InvalidParameters with every wrong field.

    `raw` may hold JSON values or strings; None leaves an optional one out. A seed is optional and has no
    default; the job stores it separately, so the caller must take it out of the result. Checking
    the result again gives the same result.
    """
    values: dict[str, Value] = {}
    errors: dict[str, str] = {}
    for parameter in manifest.parameters:
        if parameter.name not in raw:
            if parameter.required:
                errors[parameter.name] = "This setting is required."
            elif parameter.default is not None:
                values[parameter.name] = parameter.default
            continue
        if parameter.is_optional and raw[parameter.name] is None:
            continue
        try:
            values[parameter.name] = parameter.parse(raw[parameter.name])
        except InvalidValue as error:
            errors[parameter.name] = str(error)
    errors |= {
        str(name): _unknown_message(manifest, str(name)) for name in raw if not _is_known(manifest, name)
    }
    if errors:
        raise InvalidParameters(errors)
    return values


def render_graph(
    manifest: Manifest,
    workflow: Graph,
    *,
    values: Mapping[str, object],
    seed: int,
    photo: Photo | None,
    filename_prefix: str,
) -> Graph:
    """Return a new graph with all values bound; `workflow` does not change.

    `values` are checked again, so no unchecked value can reach a graph (InvalidParameters). `seed` 0..2^53-1
    goes to the preset's seed input if it has one; a seed in `values` is ignored. ValueError: the seed is out
    of range, a photo is missing or not wanted, a name or prefix is unsafe. KeyError: the graph lacks a target
    (`check.check_preset` finds this).
    """
    if not 0 <= seed <= MAX_SEED:
        raise ValueError(f"seed must be 0 to {MAX_SEED}")
    if manifest.needs_photo != (photo is not None):
        raise ValueError(f"{manifest.slug} {'needs a photo' if manifest.needs_photo else 'takes no photo'}")
    _check_node_path("filename_prefix", filename_prefix)
    checked = check_values(manifest, values)
    graph = copy.deepcopy(workflow)
    for target, literal in bindings_of(manifest, checked, seed=seed, photo=photo):
        graph[target.node]["inputs"][target.input] = literal
    graph[manifest.output_node]["inputs"]["filename_prefix"] = filename_prefix
    return graph


def bindings_of(
    manifest: Manifest, values: Mapping[str, Value], *, seed: int, photo: Photo | None
) -> Iterator[tuple[Target, Value]]:
    """Yield every graph input that a job binds, with its literal, for checked `values`."""
    for parameter in manifest.parameters:
        yield from _bindings(parameter, values, seed, photo)


def _bindings(
    parameter: Parameter, values: Mapping[str, Value], seed: int, photo: Photo | None
) -> Iterator[tuple[Target, Value]]:
    if isinstance(parameter, SeedParameter):
        value: Value = seed
    elif isinstance(parameter, ImageParameter):
        assert photo is not None  # a manifest has an image parameter exactly if it needs a photo
        value = photo.name
    elif isinstance(parameter, IntegerParameter) and parameter.photo_cap is not None:
        value = _capped(parameter, values, photo)
    else:
        value = values[parameter.name]
    return parameter.bindings(value)


def _capped(parameter: IntegerParameter, values: Mapping[str, Value], photo: Photo | None) -> int:
    assert photo is not None  # reading the manifest checked both
    assert parameter.photo_cap is not None
    size = int(values.get(parameter.name, parameter.maximum))
    if values[parameter.photo_cap.unless] and parameter.name in values:
        return size
    return parameter.photo_cap.apply(size, photo.longest_side)


def _is_known(manifest: Manifest, name: object) -> bool:
    return any(parameter.name == name for parameter in manifest.parameters)


def _unknown_message(manifest: Manifest, name: str) -> str:
    names = [parameter.name for parameter in manifest.settings]
    close = difflib.get_close_matches(name[:64], names, n=1)
    return "This preset has no such setting." + (f" Did you mean {close[0]}?" if close else "")


def _check_node_path(what: str, path: str) -> None:
    if len(path) > 200 or not _NODE_PATH.fullmatch(path):
        raise ValueError(
            f"{what} must be a plain path of letters, digits and ._- below the node's own folder"
        )
