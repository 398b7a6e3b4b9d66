"""The new-job form: its fields come from the preset's manifest, its values are judged by jobs.presets alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID, uuid4

from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from jobs.enums import ResultFormat
from jobs.presets import Manifest
from jobs.presets.params import MAX_SEED, Choice, Parameter, Value

PREFIX = "p-"
OWN_LABELS = {"seed": "Seed", "output_format": "Format", "variations": "Pictures of each"}


@dataclass(frozen=True)
class Field:
    """A parameter with the text that stands in its field and, after a refused form, what is wrong with it."""

    parameter: Parameter
    value: str
    error: str = ""

    @property
    def name(self) -> str:
        return f"{PREFIX}{self.parameter.name}"

    @property
    def kind(self) -> str:
        return self.parameter.kind

    @property
    def is_on(self) -> bool:
        return self.value == "true"

    @property
    def is_prose(self) -> bool:
        """Whether a picture is described in it: it gets room of its own on the page."""
        return bool(getattr(self.parameter, "multiline", False)) and not self.parameter.advanced

    @property
    def choices(self) -> tuple[Choice, ...]:
        return getattr(self.parameter, "choices", ())

    @property
    def limits(self) -> str:
        """The range of a number in words, e.g. "0 to 1" or "512 to 8192 px"."""
        if self.kind not in ("integer", "number"):
            return ""
        unit = getattr(self.parameter, "unit", "")
        low, high = getattr(self.parameter, "minimum"), getattr(self.parameter, "maximum")  # noqa: B009
        return (
            f"{low:g} to {high:g} {unit}".strip()
            if isinstance(low, float)
            else f"{low} to {high} {unit}".strip()
        )


@dataclass(frozen=True)
class Problem:
    """One line of the summary above a refused form; `anchor` is the id of its field, if it has one."""

    label: str
    anchor: str
    words: str


@dataclass
class NewJobForm:
    """What was sent, as it was sent. `values` are the parameters as strings; bad ids, key or seed do not raise."""

    key: UUID = field(default_factory=uuid4)
    preset: str = ""
    upload_ids: list[UUID] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)
    seed: str = ""
    output_format: str = ResultFormat.PNG
    variations: int = 1
    reuse: bool = False
    errors: dict[str, str] = field(default_factory=dict)

    def read_seed(self) -> int | None:
        """The seed, or None for a random one. Whatever is no number becomes an error of the field."""
        text = self.seed.strip()
        digits = text.lstrip("0") or text[:1]
        # The length first: Python reads no number of thousands of digits.
        if digits.isascii() and digits.isdigit() and len(digits) <= 20 and int(digits) <= MAX_SEED:
            return int(digits)
        if text:
            self.errors["seed"] = f"Enter a whole number from 0 to {MAX_SEED}, or leave it empty."
        return None

    def settings(self, manifest: Manifest) -> list[Field]:
        """The fields of the preset with what was sent, or its defaults."""
        return [
            Field(each, self.values.get(each.name, text_of(each.default)), self.errors.get(each.name, ""))
            for each in manifest.settings
        ]

    def problems(self, manifest: Manifest) -> list[Problem]:
        """Every error with the label and the id of its field, for the summary."""
        labels = {each.name: each.label for each in manifest.settings} | OWN_LABELS
        return [
            Problem(labels.get(name, ""), f"f-{name}" if name in labels else "", words)
            for name, words in self.errors.items()
        ]


def read_new_job(
    data: QueryDict | MultiValueDict[str, str], manifest: Manifest | None, *, sent: bool
) -> NewJobForm:
    """From a posted form (`sent`) or from an address that fills one in. An empty field means the default.

    A form without settings says so by `defaults`; in others a missing box is one that was not ticked.
    """
    has_settings = sent and not data.get("defaults")
    form = NewJobForm(
        preset=data.get("preset", "") or "",
        upload_ids=read_ids(data.getlist("upload" if sent else "photo")),
        seed=data.get("seed", "") or "",
        output_format=data.get("format") or ResultFormat.PNG,
        variations=read_count(data.get("variations", "") or ""),
        reuse=bool(data.get("reuse")),
    )
    form.key = next(iter(read_ids([data.get("key", "") or ""])), form.key)
    for parameter in manifest.settings if manifest else ():
        text = data.get(f"{PREFIX}{parameter.name}", "") or ""
        if parameter.kind == "boolean" and has_settings:
            form.values[parameter.name] = "true" if text else "false"
        elif text or (sent and parameter.required):
            form.values[parameter.name] = text
    return form


def read_count(text: str) -> int:
    """How many of each; 1 for whatever is no small number: more than is offered is refused at submit."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else 1


def read_ids(texts: Iterable[str]) -> list[UUID]:
    """The well-formed ids among them."""
    ids = []
    for text in texts:
        try:
            ids.append(UUID(text))
        except ValueError:
            continue
    return ids


def settings_query(parameters: Mapping[str, Value]) -> dict[str, str]:
    """Parameters of a job as the query that fills the form in with them."""
    return {f"{PREFIX}{name}": text_of(value) for name, value in parameters.items()}


def text_of(value: Value | None) -> str:
    """A value as a form writes it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:.10g}" if isinstance(value, float) else str(value)
