"""Typed parameters: what a person may set. Forms, API, command line and JSON schema share these rules.

`parse` takes JSON values and the strings that a form or `--set name=value` sends. It returns a value of the
parameter's type, or raises InvalidValue with a sentence for people. `bindings` yields the graph inputs to
write.
"""

import math
import re
import unicodedata
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, Self

Value = str | int | float | bool

MAX_SEED = 2**53 - 1  # the largest integer that every JSON implementation represents exactly

_INTEGER = re.compile(r"[+-]?[0-9]{1,20}")
_NUMBER = re.compile(r"[+-]?([0-9]{1,20}(\.[0-9]{0,20})?|\.[0-9]{1,20})([eE][+-]?[0-9]{1,3})?")
_TRUE = frozenset({"true", "on", "yes", "1"})
_FALSE = frozenset({"false", "off", "no", "0"})


class InvalidValue(ValueError):
    """A value that a parameter does not accept; the message is a sentence for people."""


@dataclass(frozen=True, slots=True)
class Target:
    """One input of one node, written `node.input`."""

    node: str
    input: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `node.input`; ValueError for anything else. Node ids have no dot, inputs may."""
        node, dot, name = text.partition(".")
        if not (node and dot and name):
            raise ValueError(f"{text!r} is not written node.input")
        return cls(node, name)

    def __str__(self) -> str:
        return f"{self.node}.{self.input}"


@dataclass(frozen=True, slots=True)
class PhotoCap:
    """Keeps a size parameter from enlarging a photo: the bound value is at most the photo's longest side.

    Without a value and a default the photo keeps its own size, up to the parameter's maximum. `unless` names the
    boolean parameter that lifts this limit. `floor` is the smallest value that the graph works with (pixels).
    """

    unless: str
    floor: int = 1

    def apply(self, size: int, longest_side: int) -> int:
        """Return the size to bind for a photo of `longest_side` pixels."""
        return min(size, max(self.floor, longest_side))


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a choice, with the literals that it writes to graph inputs."""

    value: str
    label: str
    sets: tuple[tuple[Target, Value], ...]


@dataclass(frozen=True, kw_only=True)
class Parameter(ABC):
    """Fields of every parameter. `default` None means that a value is required (not for seed and image)."""

    kind: ClassVar[str]
    name: str
    label: str
    help: str = ""
    advanced: bool = False
    targets: tuple[Target, ...] = ()
    default: Value | None = None

    @abstractmethod
    def parse(self, raw: object) -> Value:
        """Return `raw` as this parameter's value, or raise InvalidValue."""

    @abstractmethod
    def _schema(self) -> dict[str, Any]:
        """Return the JSON schema keywords that are specific to the type."""

    @property
    def required(self) -> bool:
        """Tell whether a person has to give a value."""
        return self.default is None

    @property
    def is_optional(self) -> bool:
        """Tell whether a job may have no value at all: a size, or a seed."""
        return self.default is None and not self.required

    @property
    def all_targets(self) -> tuple[Target, ...]:
        """Return every graph input that a value of this parameter may write."""
        return self.targets

    def bindings(self, value: Value) -> Iterator[tuple[Target, Value]]:
        """Yield (target, literal) pairs for a value that `parse` returned."""
        for target in self.targets:
            yield target, value

    def to_json_schema(self) -> dict[str, Any]:
        """Return the JSON schema (2020-12) of the value; `x-` keys are hints for forms."""
        schema: dict[str, Any] = {"title": self.label, **self._schema()}
        if self.help:
            schema["description"] = self.help
        if self.default is not None:
            schema["default"] = self.default
        if self.advanced:
            schema["x-advanced"] = True
        return schema


@dataclass(frozen=True, kw_only=True)
class StringParameter(Parameter):
    """Text of `min_length`..`max_length` characters, counted without white space at the ends."""

    kind: ClassVar[str] = "string"
    default: str | None = None
    min_length: int = 0
    max_length: int
    multiline: bool = False
    example: str = ""

    def parse(self, raw: object) -> str:
        """Turn line ends into `\\n`; refuse control characters and lone surrogates, which no node accepts."""
        if not isinstance(raw, str):
            raise InvalidValue("Enter text.")
        text = raw.replace("\r\n", "\n").replace("\r", "\n").strip()
        if len(text) < self.min_length:
            raise InvalidValue(f"Enter at least {_count(self.min_length, 'character')}.")
        if len(text) > self.max_length:
            raise InvalidValue(
                f"Use at most {_count(self.max_length, 'character')} (this text has {len(text):,})."
            )
        allowed = "\n\t" if self.multiline else ""
        if any(unicodedata.category(char) in ("Cc", "Cs") and char not in allowed for char in text):
            raise InvalidValue("Remove the characters that cannot be shown.")
        return text

    def _schema(self) -> dict[str, Any]:
        schema: dict[str, Any] = {
            "type": "string",
            "minLength": self.min_length,
            "maxLength": self.max_length,
        }
        return schema | ({"examples": [self.example]} if self.example else {})


@dataclass(frozen=True, kw_only=True)
class IntegerParameter(Parameter):
    """A whole number `minimum`..`maximum` in steps from `minimum`; `photo_cap` limits it when it is bound."""

    kind: ClassVar[str] = "integer"
    default: int | None = None
    minimum: int
    maximum: int
    step: int = 1
    unit: str = ""
    photo_cap: PhotoCap | None = None

    @property
    def required(self) -> bool:
        """A size that is left out is that of the photo."""
        return self.default is None and self.photo_cap is None

    def parse(self, raw: object) -> int:
        """Accept 3.0 as whole (as JSON schema does); refuse 3.5, true and "3.0"."""
        value = _read_integer(raw)
        _check_range(value, self.minimum, self.maximum)
        below = (value - self.minimum) % self.step
        if below:
            raise InvalidValue(
                _step_message(self.step, value - below, min(value - below + self.step, self.maximum))
            )
        return value

    def _schema(self) -> dict[str, Any]:
        schema = {"type": "integer", "minimum": self.minimum, "maximum": self.maximum, "x-step": self.step}
        if self.step > 1 and self.minimum % self.step == 0:
            schema["multipleOf"] = self.step
        return schema


@dataclass(frozen=True, kw_only=True)
class NumberParameter(Parameter):
    """A finite number `minimum`..`maximum` in steps from `minimum`."""

    kind: ClassVar[str] = "number"
    default: float | None = None
    minimum: float
    maximum: float
    step: float

    def parse(self, raw: object) -> float:
        """Return the value rounded to the step's decimal grid: 0.1 + 0.2 gives 0.3."""
        number = _read_number(raw)
        _check_range(number, self.minimum, self.maximum)
        return self._on_grid(float(number))

    def _on_grid(self, value: float) -> float:
        first, step = Decimal(str(self.minimum)), Decimal(str(self.step))
        steps = round((value - self.minimum) / self.step)
        nearest = float(first + steps * step)
        if abs(value - nearest) > self.step * 1e-6:
            lower = first + math.floor((value - self.minimum) / self.step) * step
            upper = min(lower + step, Decimal(str(self.maximum)))
            raise InvalidValue(_step_message(self.step, float(lower), float(upper)))
        return nearest

    def _schema(self) -> dict[str, Any]:
        # No multipleOf: validators compute it in binary and would refuse 0.15 as a multiple of 0.05.
        return {"type": "number", "minimum": self.minimum, "maximum": self.maximum, "x-step": self.step}


@dataclass(frozen=True, kw_only=True)
class BooleanParameter(Parameter):
    """Yes or no; written as 1.0 or 0.0, because the switches in our graphs are blend factors."""

    kind: ClassVar[str] = "boolean"
    default: bool | None = None

    def parse(self, raw: object) -> bool:
        """Accept JSON booleans and the strings true/false, on/off, yes/no, 1/0; refuse numbers."""
        if isinstance(raw, bool):
            return raw
        word = raw.strip().lower() if isinstance(raw, str) and len(raw) < 32 else ""
        if word in _TRUE:
            return True
        if word in _FALSE:
            return False
        raise InvalidValue("Enter true or false.")

    def bindings(self, value: Value) -> Iterator[tuple[Target, Value]]:
        """Yield 1.0 or 0.0 for each target."""
        for target in self.targets:
            yield target, 1.0 if value else 0.0

    def _schema(self) -> dict[str, Any]:
        return {"type": "boolean"}


@dataclass(frozen=True, kw_only=True)
class ChoiceParameter(Parameter):
    """One of a few named options; each writes its own literals."""

    kind: ClassVar[str] = "choice"
    default: str | None = None
    choices: tuple[Choice, ...]

    def parse(self, raw: object) -> str:
        """Accept the exact value of an option."""
        value = raw.strip() if isinstance(raw, str) else None
        for choice in self.choices:
            if choice.value == value:
                return choice.value
        raise InvalidValue(f"Choose one of: {', '.join(choice.value for choice in self.choices)}.")

    @property
    def all_targets(self) -> tuple[Target, ...]:
        """Return the inputs that the options set."""
        return tuple(dict.fromkeys(target for choice in self.choices for target, _ in choice.sets))

    def bindings(self, value: Value) -> Iterator[tuple[Target, Value]]:
        """Yield the literals of the chosen option."""
        for choice in self.choices:
            if choice.value == value:
                yield from choice.sets

    def _schema(self) -> dict[str, Any]:
        return {
            "type": "string",
            "enum": [choice.value for choice in self.choices],
            "x-labels": [choice.label for choice in self.choices],
        }


@dataclass(frozen=True, kw_only=True)
class SeedParameter(Parameter):
    """Where the job's seed goes: 0..2^53-1. It has no default: a job without a seed draws one.

    `no_effect_at` names values of other parameters at which no seed changes the picture, e.g. no grain.
    """

    kind: ClassVar[str] = "seed"
    no_effect_at: tuple[tuple[str, Value], ...] = ()

    @property
    def required(self) -> bool:
        """A seed is always optional."""
        return False

    def parse(self, raw: object) -> int:
        """Return the seed as an integer."""
        value = _read_integer(raw)
        _check_range(value, 0, MAX_SEED)
        return value

    def _schema(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": 0, "maximum": MAX_SEED}


@dataclass(frozen=True, kw_only=True)
class ImageParameter(Parameter):
    """Where the job's photo goes. The photo belongs to the job, so it is never among the values."""

    kind: ClassVar[str] = "image"

    @property
    def required(self) -> bool:
        """The job asks for the photo; it is not a setting."""
        return False

    def parse(self, raw: object) -> Value:
        """Refuse every value."""
        raise InvalidValue("Send the photo with the job, not as a setting.")

    def _schema(self) -> dict[str, Any]:
        return {"type": "string", "format": "uuid"}


def _read_integer(raw: object) -> int:
    if isinstance(raw, int) and not isinstance(raw, bool):
        return raw
    if isinstance(raw, float) and raw.is_integer():
        return int(raw)
    if isinstance(raw, str) and _INTEGER.fullmatch(raw.strip()):
        return int(raw)
    raise InvalidValue("Enter a whole number.")


def _read_number(raw: object) -> int | float:
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        number = raw
    elif isinstance(raw, str) and _NUMBER.fullmatch(raw.strip()):
        number = float(raw)
    else:
        raise InvalidValue("Enter a number.")
    if isinstance(number, float) and not math.isfinite(number):
        raise InvalidValue("Enter a number.")
    return number


def _check_range(value: int | float, minimum: int | float, maximum: int | float) -> None:
    """Compare without converting, so an integer of any length is safe here."""
    if not minimum <= value <= maximum:
        raise InvalidValue(f"Must be between {_short(minimum)} and {_short(maximum)}.")


def _step_message(step: float, lower: float, upper: float) -> str:
    return f"Must be in steps of {_short(step)}, for example {_short(lower)} or {_short(upper)}."


def _short(number: int | float) -> str:
    return str(number) if isinstance(number, int) else f"{number:.10g}"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
