"""Checks a preset's manifest against its graph."""

from collections.abc import Iterator

from jobs.presets.graph import Graph, GraphError, classes_of, find_cycle, is_link, links_of, parse_graph
from jobs.presets.manifest import Manifest
from jobs.presets.params import Parameter, StringParameter
from jobs.presets.render import InvalidParameters, Photo, render_graph
from jobs.presets.shipped import ShippedPreset

_PHOTO = Photo("check/photo-of-the-check.png", 3000, 2000)
_PREFIX = "check/prefix-of-the-check"


def check_preset(preset: ShippedPreset) -> list[str]:
    """Return a message for each problem of a preset; empty if it is valid. Never raises for bad data."""
    try:
        graph = parse_graph(preset.workflow)
    except GraphError as error:
        return [str(error)]
    problems = [*_check_shape(graph), *_check_manifest(preset.manifest, graph)]
    return problems or list(_check_rendered(preset.manifest, graph))


def example_values(manifest: Manifest) -> dict[str, object]:
    """Return values for the parameters without a default, e.g. the example of a prompt."""
    return {parameter.name: _example(parameter) for parameter in manifest.settings if parameter.required}


def _example(parameter: Parameter) -> object:
    if isinstance(parameter, StringParameter):
        return parameter.example
    return getattr(parameter, "minimum", None)


def _check_shape(graph: Graph) -> Iterator[str]:
    for node in graph:
        for name, source in links_of(graph, node):
            if source not in graph:
                yield f"node {node}: {name} is linked to node {source}, which does not exist"
    if node_in_cycle := find_cycle(graph):
        yield f"node {node_in_cycle} depends on itself"


def _check_manifest(manifest: Manifest, graph: Graph) -> Iterator[str]:
    for parameter in manifest.parameters:
        yield from _check_targets(parameter, graph)
    output = graph.get(manifest.output_node)
    if output is None or output["class_type"] != "SaveImage":
        yield f"output node {manifest.output_node} is not a SaveImage"
    yield from (f"stage {s.title}: no node {s.node}" for s in manifest.stages if s.node not in graph)
    yield from (f"weights: no node {node}" for node in manifest.weights if node not in graph)
    wanted, present = set(manifest.required_classes), classes_of(graph)
    yield from (f"required class {name} is not in the graph" for name in sorted(wanted - present))
    yield from (
        f"class {name} of the graph is missing from required_classes" for name in sorted(present - wanted)
    )


def _check_targets(parameter: Parameter, graph: Graph) -> Iterator[str]:
    for target in parameter.all_targets:
        inputs = graph.get(target.node, {"inputs": {}})["inputs"]
        if target.input not in inputs:
            yield f"{parameter.name}: the graph has no input {target}"
        elif is_link(inputs[target.input]):
            yield f"{parameter.name}: {target} is linked to another node"


def _check_rendered(manifest: Manifest, graph: Graph) -> Iterator[str]:
    """Render with defaults and look for file names that the rendering did not replace."""
    photo = _PHOTO if manifest.needs_photo else None
    try:
        rendered = render_graph(
            manifest, graph, values=example_values(manifest), seed=0, photo=photo, filename_prefix=_PREFIX
        )
    except InvalidParameters as error:
        yield from (f"{name}: example or default: {message}" for name, message in error.errors.items())
        return
    for node_id, node in rendered.items():
        if node["class_type"] == "LoadImage" and node["inputs"].get("image") != _PHOTO.name:
            yield f"node {node_id}: LoadImage keeps the template's file"
        if node["class_type"] == "SaveImage" and node["inputs"].get("filename_prefix") != _PREFIX:
            yield f"node {node_id}: SaveImage keeps the template's prefix"
