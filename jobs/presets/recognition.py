"""Reads a graph that somebody sent as the graph of a preset, and takes the values of its parameters out of it.

It is the preset's graph if node ids, classes, names of inputs and links are equal, and nothing differs but the inputs
that parameters write and the prefix of the result's file. Titles (`_meta`) do not matter, nor the order of keys, nor
whether a number is written 2 or 2.0. Whatever was sent, the work grows with the number of its nodes and inputs only.
"""

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from jobs.presets.check import example_values
from jobs.presets.graph import Graph
from jobs.presets.literals import equal, read_link, read_switch, show, show_link, show_name
from jobs.presets.manifest import Manifest
from jobs.presets.params import (
    BooleanParameter,
    ChoiceParameter,
    ImageParameter,
    IntegerParameter,
    Parameter,
    Target,
)
from jobs.presets.render import check_values

MOST_NAMED = 20
PREFIX = "filename_prefix"
FIELDS = frozenset({"class_type", "inputs", "_meta"})
Sent = Mapping[str, Any]
"""What should be a graph: node id → anything."""
Literals = Mapping[Target, object]


@dataclass(frozen=True, slots=True)
class Difference:
    """What is not as in the preset, of a node or of one of its inputs. `text` goes on from the subject."""

    node: str
    input: str
    text: str

    def __str__(self) -> str:
        subject = f"input {show_name(self.input)}" if self.input else "it"
        return f"Node {show_name(self.node)}: {subject} {self.text}"


class AnotherGraph(ValueError):
    """The sent graph is not the preset's: the first MOST_NAMED differences."""

    def __init__(self, differences: tuple[Difference, ...]) -> None:
        super().__init__(" ".join(map(str, differences)))
        self.differences = differences


@dataclass(frozen=True, slots=True)
class Reading:
    """What a graph asks of its preset: `values` for `render.check_values`, unchecked, what is at the photo's input, and
    the prefix that it has for the result's file.

    `photo` is None if the preset takes none.
    """

    values: dict[str, object]
    photo: object
    prefix: object


def read_graph(manifest: Manifest, workflow: Graph, sent: Sent) -> Reading:
    """Return what `sent` asks of the preset. Raises AnotherGraph."""
    _refuse(_differences(manifest, workflow, sent))
    literals = _literals(manifest, sent)
    _refuse(_contradictions(manifest, literals))
    values: dict[str, object] = {}
    photo = None
    for parameter in manifest.parameters:
        if isinstance(parameter, ImageParameter):
            photo = literals[parameter.targets[0]]
        elif parameter.all_targets:
            values |= _value(parameter, literals)
    return Reading(values, photo, sent[manifest.output_node]["inputs"][PREFIX])


def likeness(workflow: Graph, sent: Sent) -> int:
    """Return how many nodes have the same id and class in both."""
    return sum(_class_of(sent.get(node_id)) == node["class_type"] for node_id, node in workflow.items())


def starting_graph(manifest: Manifest, workflow: Graph) -> Graph:
    """Return the graph that a person starts from: with the default or the example of every parameter.

    A size without a default has its maximum, which stands for the photo's own size. At the photo's input is a name
    that is to be replaced. `read_graph` reads the same defaults from it.
    """
    values = check_values(manifest, example_values(manifest))
    graph = copy.deepcopy(workflow)
    for parameter in manifest.settings:
        value = values.get(parameter.name, getattr(parameter, "maximum", None))
        for target, literal in parameter.bindings(value) if value is not None else ():
            graph[target.node]["inputs"][target.input] = literal
    graph[manifest.output_node]["inputs"][PREFIX] = manifest.slug
    return graph


def _refuse(found: Iterator[Difference]) -> None:
    if differences := tuple(islice(found, MOST_NAMED)):
        raise AnotherGraph(differences)


def _differences(manifest: Manifest, workflow: Graph, sent: Sent) -> Iterator[Difference]:
    free = {target for parameter in manifest.parameters for target in parameter.all_targets}
    free.add(Target(manifest.output_node, PREFIX))
    for node_id, node in workflow.items():
        if node_id in sent:
            yield from _of_node(node_id, node, sent[node_id], free)
        else:
            yield Difference(node_id, "", f"is missing; the preset has {node['class_type']} there.")
    yield from (
        Difference(node_id, "", "is not in the preset.") for node_id in sent if node_id not in workflow
    )


def _of_node(node_id: str, node: Sent, sent: object, free: set[Target]) -> Iterator[Difference]:
    if not isinstance(sent, dict) or not isinstance(sent.get("inputs"), dict):
        yield Difference(node_id, "", "is not an object with class_type and inputs.")
        return
    if sent.get("class_type") != node["class_type"]:
        yield Difference(
            node_id,
            "",
            f"has the class {show(sent.get('class_type'))}; the preset has {node['class_type']} there.",
        )
        return
    for name in sent:
        if name not in FIELDS:
            yield Difference(node_id, "", f"has a field {show(name)}, which the preset does not have.")
    inputs, given = node["inputs"], sent["inputs"]
    for name, value in inputs.items():
        if name not in given:
            yield Difference(node_id, name, "is missing.")
        elif text := _of_input(value, given[name], is_free=Target(node_id, name) in free):
            yield Difference(node_id, name, text)
    yield from (Difference(node_id, name, "is not in the preset.") for name in given if name not in inputs)


def _of_input(value: object, sent: object, *, is_free: bool) -> str:
    """What is wrong with one input; empty if nothing is."""
    if isinstance(value, list):
        is_same = read_link(sent) == read_link(value)
        return "" if is_same else f"is {show_link(sent)}; the preset links it to {show_link(value)}."
    if is_free:
        return "takes a value, not a link." if isinstance(sent, list) else ""
    is_same = equal(value, sent)
    return "" if is_same else f"is {show(sent)}; the preset has {show(value)}, which cannot be changed."


def _contradictions(manifest: Manifest, literals: Literals) -> Iterator[Difference]:
    """What no value of a parameter writes. Values that are out of bounds are left to `check_values`."""
    for parameter in manifest.parameters:
        first, *others = parameter.all_targets or (None,)
        if first is None:
            continue
        if isinstance(parameter, ChoiceParameter):
            if _chosen(parameter, literals) is None:
                yield Difference(first.node, first.input, f"has to be {_choices(parameter, first)}.")
            continue
        for target in others:
            if not _agree(literals[first], literals[target]):
                yield Difference(target.node, target.input, f"has to be equal to {first}.")
        if isinstance(parameter, BooleanParameter) and read_switch(literals[first]) is None:
            yield Difference(first.node, first.input, "has to be 1.0 (on) or 0.0 (off).")


def _agree(one: object, other: object) -> bool:
    return one == other if isinstance(one, dict) else equal(one, other)


def _value(parameter: Parameter, literals: Literals) -> dict[str, object]:
    """The parameter's value by its name; nothing where the size is left to the photo."""
    literal = literals[parameter.all_targets[0]]
    if isinstance(parameter, ChoiceParameter):
        return {parameter.name: _chosen(parameter, literals)}
    if isinstance(parameter, BooleanParameter):
        return {parameter.name: read_switch(literal)}
    if (
        isinstance(parameter, IntegerParameter)
        and parameter.is_optional
        and equal(parameter.maximum, literal)
    ):
        return {}
    return {parameter.name: literal}


def _literals(manifest: Manifest, sent: Sent) -> Literals:
    targets = (target for parameter in manifest.parameters for target in parameter.all_targets)
    return {target: sent[target.node]["inputs"][target.input] for target in targets}


def _chosen(parameter: ChoiceParameter, literals: Literals) -> str | None:
    for choice in parameter.choices:
        if all(equal(literal, literals[target]) for target, literal in choice.sets):
            return choice.value
    return None


def _choices(parameter: ChoiceParameter, at: Target) -> str:
    return " or ".join(dict.fromkeys(show(dict(choice.sets)[at]) for choice in parameter.choices))


def _class_of(node: object) -> object:
    return node.get("class_type") if isinstance(node, dict) else None
