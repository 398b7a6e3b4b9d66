"""Converts parameters to and from manifest tables, which have the same shape in TOML and in a row's JSON."""

import math
import re
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

from jobs.presets.params import (
    BooleanParameter,
    Choice,
    ChoiceParameter,
    ImageParameter,
    IntegerParameter,
    InvalidValue,
    NumberParameter,
    Parameter,
    PhotoCap,
    SeedParameter,
    StringParameter,
    Target,
    Value,
)
from jobs.presets.reading import Table

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


def read_parameter(table: Table) -> Parameter:
    """Return the parameter that a `[[parameters]]` table describes; ManifestError names the wrong field."""
    kind = table.text("type")
    if kind not in _READERS:
        raise table.error("type", f"must be one of {', '.join(_READERS)}")
    name = table.text("name")
    if not _NAME.fullmatch(name):
        raise table.error("name", "must be lower case letters, digits and _ (40 at most)")
    common = {
        "name": name,
        "label": table.text("label"),
        "help": table.text("help", ""),
        "advanced": table.boolean("advanced", False),
        "targets": tuple(table.read_target("targets", text) for text in table.texts("targets")),
    }
    default = {"default": table.raw("default")} if table.has("default") else {}
    parameter = _READERS[kind](table, common | default)
    table.finish()
    return (
        parameter
        if parameter.default is None
        else replace(parameter, default=_check_default(table, parameter))
    )


def parameter_to_json(parameter: Parameter) -> dict[str, Any]:
    """Return the table that `read_parameter` reads; fields at their default are left out."""
    table: dict[str, Any] = {"type": parameter.kind}
    for field in fields(parameter):
        value = getattr(parameter, field.name)
        if value != field.default:
            table[field.name] = dict(value) if field.name == "no_effect_at" else _field_to_json(value)
    return table


def _field_to_json(value: object) -> object:
    if isinstance(value, PhotoCap):
        return {"unless": value.unless, "floor": value.floor}
    if isinstance(value, Target):
        return str(value)
    if isinstance(value, Choice):
        sets = {str(target): literal for target, literal in value.sets}
        return {"value": value.value, "label": value.label, "set": sets}
    if isinstance(value, tuple):
        return [_field_to_json(item) for item in value]
    return value


def _check_default(table: Table, parameter: Parameter) -> Value:
    try:
        parsed = parameter.parse(parameter.default)
    except InvalidValue as error:
        raise table.error("default", str(error)) from error
    if parsed != parameter.default or isinstance(parsed, bool) != isinstance(parameter.default, bool):
        raise table.error("default", f"must be written as {parsed!r}")
    return parsed


def _read_string(table: Table, common: dict[str, Any]) -> Parameter:
    return StringParameter(
        **common,
        min_length=table.integer("min_length", 0, minimum=0),
        max_length=table.integer("max_length", minimum=1),
        multiline=table.boolean("multiline", False),
        example=table.text("example", ""),
    )


def _read_integer(table: Table, common: dict[str, Any]) -> Parameter:
    minimum = table.integer("minimum")
    return IntegerParameter(
        **common,
        minimum=minimum,
        maximum=table.integer("maximum", minimum=minimum),
        step=table.integer("step", 1, minimum=1),
        unit=table.text("unit", ""),
        photo_cap=_read_cap(table),
    )


def _read_cap(table: Table) -> PhotoCap | None:
    if not table.has("photo_cap"):
        return None
    cap = table.table("photo_cap")
    result = PhotoCap(cap.text("unless"), cap.integer("floor", 1, minimum=1))
    cap.finish()
    return result


def _read_number(table: Table, common: dict[str, Any]) -> Parameter:
    minimum, maximum, step = table.number("minimum"), table.number("maximum"), table.number("step")
    if not minimum <= maximum:
        raise table.error("maximum", "must not be less than the minimum")
    if not step > 0:
        raise table.error("step", "must be more than 0")
    return NumberParameter(**common, minimum=minimum, maximum=maximum, step=step)


def _read_boolean(table: Table, common: dict[str, Any]) -> Parameter:
    return BooleanParameter(**common)


def _read_choice(table: Table, common: dict[str, Any]) -> Parameter:
    choices = tuple(_read_option(option) for option in table.tables("choices"))
    if not choices:
        raise table.error("choices", "needs at least one")
    if len({choice.value for choice in choices}) < len(choices):
        raise table.error("choices", "has the same value twice")
    if len({frozenset(target for target, _ in choice.sets) for choice in choices}) > 1:
        raise table.error("choices", "every option must set the same inputs")
    if common["targets"]:
        raise table.error("targets", "not allowed for a choice: each option has its own targets in `set`")
    return ChoiceParameter(**common, choices=choices)


def _literal(table: Table, key: str) -> Value:
    literal = table.raw(key)
    if not isinstance(literal, str | int | float) or (
        isinstance(literal, float) and not math.isfinite(literal)
    ):
        raise table.error(key, "must be text, a finite number or true/false")
    return literal


def _read_option(option: Table) -> Choice:
    value = option.text("value")
    sets = option.table("set")
    pairs = [(sets.read_target(key, key), _literal(sets, key)) for key in sets.names()]
    result = Choice(value, option.text("label", value), tuple(sorted(pairs, key=lambda pair: str(pair[0]))))
    option.finish()
    return result


def _read_seed(table: Table, common: dict[str, Any]) -> Parameter:
    values = table.table("no_effect_at")
    pairs = tuple((name, _literal(values, name)) for name in values.names())
    values.finish()
    return SeedParameter(**_without_default(table, common), no_effect_at=pairs)


def _read_image(table: Table, common: dict[str, Any]) -> Parameter:
    return ImageParameter(**_without_default(table, common))


def _without_default(table: Table, common: dict[str, Any]) -> dict[str, Any]:
    if "default" in common:
        raise table.error("default", "not allowed for this type: the value belongs to the job")
    return common


_READERS: dict[str, Callable[[Table, dict[str, Any]], Parameter]] = {
    "string": _read_string,
    "integer": _read_integer,
    "number": _read_number,
    "boolean": _read_boolean,
    "choice": _read_choice,
    "seed": _read_seed,
    "image": _read_image,
}
