"""The new-job form. Its fields come from the preset's manifest; only `jobs.presets` checks its values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode
from uuid import UUID, uuid4

from django.http import QueryDict
from django.utils.datastructures import MultiValueDict

from creator.lib.formatting import count
from jobs.catalogue import OfferedPreset
from jobs.enums import ResultFormat
from jobs.presets import Manifest
from jobs.presets.params import MAX_SEED, Choice, Parameter, Value
from jobs.web.job_text import value_text

PREFIX = "p-"
OWN_LABELS = {"seed": "Seed", "output_format": "Format", "variations": "Variations"}


@dataclass(frozen=True)
class Field:
    """A parameter, the text in its field and, if the form was refused, the error."""

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
        """Whether the field describes a picture in text. It then gets its own section on the page."""
        return bool(getattr(self.parameter, "multiline", False)) and not self.parameter.advanced

    @property
    def choices(self) -> tuple[Choice, ...]:
        return getattr(self.parameter, "choices", ())

    @property
    def limits(self) -> str:
        """The range of a number as text, e.g. "0 to 1" or "512 to 8192 px"."""
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
    """One line of the summary above a refused form. `anchor` is the id of its field, if it has one."""

    label: str
    anchor: str
    words: str


@dataclass
class NewJobForm:
    """The form as it was sent. `values` are the parameters as strings. Malformed ids, keys or seeds do not raise."""

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
        """The seed, or None for a random one. Text that is not a valid number becomes an error of the field."""
        text = self.seed.strip()
        digits = text.lstrip("0") or text[:1]
        # Check the length first: Python refuses to convert thousands of digits.
        if digits.isascii() and digits.isdigit() and len(digits) <= 20 and int(digits) <= MAX_SEED:
            return int(digits)
        if text:
            self.errors["seed"] = f"Enter a whole number from 0 to {MAX_SEED}, or leave it empty."
        return None

    def settings(self, manifest: Manifest) -> list[Field]:
        """The fields of the preset, filled with the sent values or the defaults."""
        return [
            Field(each, self.values.get(each.name, text_of(each.default)), self.errors.get(each.name, ""))
            for each in manifest.settings
        ]

    def query(self, photos: Iterable[UUID], *, preset: str = "") -> str:
        """The query that opens this form again as it is, or with another preset. Defaults are left out."""
        chosen = [("preset", preset or self.preset), *(("photo", str(each)) for each in photos)]
        return urlencode([*chosen, *self.own_fields().items()])

    def own_fields(self) -> dict[str, str]:
        """The settings that differ from an empty form, as names and values of its fields."""
        fields = {f"{PREFIX}{name}": text for name, text in self.values.items()} | {
            "format": "" if self.output_format == ResultFormat.PNG else self.output_format,
            "seed": self.seed,
            "variations": "" if self.variations == 1 else str(self.variations),
            "reuse": "true" if self.reuse else "",
        }
        return {name: text for name, text in fields.items() if text}

    def own_words(self, manifest: Manifest) -> str:
        """The same settings for people, e.g. "Strength 0.2, JPEG, seed 7"."""
        chosen = [
            f"{each.label} {value_text(each, self.values[each.name])}"
            for each in manifest.settings
            if each.name in self.values
        ]
        return ", ".join(
            [
                *chosen,
                *([ResultFormat(self.output_format).label] if self.output_format in ("jpeg", "webp") else []),
                *([f"seed {self.seed}"] if self.seed and manifest.has_seed else []),
                *([f"{self.variations} of each photo"] if self.variations > 1 and manifest.has_seed else []),
            ]
        )

    def start_words(self, offered: OfferedPreset, photos: int) -> str:
        """What the Start button says: how much is started and what it costs."""
        needs_photo = offered.manifest.needs_photo
        pictures = (self.variations if offered.manifest.has_seed else 1) * (photos if needs_photo else 1)
        if not pictures:
            return "Start"
        what = count(photos, "photo") if needs_photo else count(pictures, "picture")
        return f"Start {what}, {count(pictures * offered.preset.price, 'credit')}"

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
    """Read a posted form (`sent`), or an address that prefills one. An empty field means the default.

    A form without settings sends `defaults`. In any other form, a missing checkbox was not ticked.
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
            form.values[parameter.name] = "false" if text in ("", "false") else "true"
        elif text or (sent and parameter.required):
            form.values[parameter.name] = text
    return form


def read_count(text: str) -> int:
    """The number of variations; 1 if the text is not a small number. Submitting refuses too large a number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else 1


def read_ids(texts: Iterable[str]) -> list[UUID]:
    """The well-formed ids among the texts."""
    ids = []
    for text in texts:
        try:
            ids.append(UUID(text))
        except ValueError:
            continue
    return ids


def settings_query(parameters: Mapping[str, Value]) -> dict[str, str]:
    """A job's parameters as the query that prefills the form."""
    return {f"{PREFIX}{name}": text_of(value) for name, value in parameters.items()}


def text_of(value: Value | None) -> str:
    """A value as its form field shows it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:.10g}" if isinstance(value, float) else str(value)
