"""The form of a watched folder: a preset with its settings as for new pictures, and what only folders have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.http import QueryDict

from creator.lib.errors import Refused
from drive.models import WatchedFolder
from jobs.catalogue import OfferedPreset, offered_presets
from jobs.enums import ResultFormat
from jobs.web.forms import NewJobForm, Problem, read_new_job, text_of
from jobs.web.new_job import preselect

LABELS = {
    "input_id": "Folder",
    "output_id": "Folder for results",
    "preset": "Preset",
    "daily_cap": "Most a day",
    "output_format": "Format",
}
ANCHORS = {"daily_cap": "f-daily_cap", "output_format": "f-output_format"}
NOT_OFFERED = "It is not on offer at present. Choose another one."
ANOTHER = "{old} is not on offer at present. If you save this, pictures are made with {new}."
WHOLE = "Enter a whole number of credits, or nothing for no limit."


@dataclass
class FolderForm:
    """The form as it was sent, or as its page first shows it. `places` are the ids of the chosen folders."""

    presets: list[OfferedPreset]
    chosen: OfferedPreset | None
    job: NewJobForm
    places: Mapping[str, str] = field(default_factory=dict)
    cap: str = ""
    writes_sidecar: bool = False
    takes_existing: bool = False
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def wanted(self) -> dict[str, Any]:
        """What `drive.folders` is asked for. Call it only if there are no errors."""
        return {
            "preset": self.chosen.preset.slug if self.chosen else "",
            "parameters": self.job.values,
            "output_format": self.job.output_format,
            "writes_sidecar": self.writes_sidecar,
            "daily_cap": int(self.cap) if self.cap else None,
        }

    def take(self, refused: Refused) -> None:
        """Shows why it was refused, beside the fields that the refusal names."""
        self.errors |= refused.problems or {"": refused.message}

    def context(self) -> dict[str, Any]:
        """What `drive/_form.html` shows."""
        self.job.errors = self.errors
        fields = self.job.settings(self.chosen.manifest) if self.chosen else []
        labels = LABELS | {each.parameter.name: each.parameter.label for each in fields}
        anchors = ANCHORS | {each.parameter.name: f"f-{each.parameter.name}" for each in fields}
        return {
            "form": self,
            "presets": [(each, self._query(each.preset.slug)) for each in self.presets],
            "chosen": self.chosen,
            "fields": [each for each in fields if not each.parameter.advanced],
            "advanced": [each for each in fields if each.parameter.advanced],
            "formats": ResultFormat.choices,
            "problems": [
                Problem(labels.get(name, ""), anchors.get(name, ""), words)
                for name, words in self.errors.items()
            ],
        }

    def _query(self, slug: str) -> str:
        """Opens the form with another preset, and keeps what does not depend on it."""
        return urlencode({**self.places, "preset": slug, "daily_cap": self.cap})


def read_form(data: QueryDict, *, sent: bool, folder: WatchedFolder | None = None) -> FolderForm:
    """The form as it was `sent`, or for its first show: `folder`'s settings, or what the address prefills."""
    presets = [each for each in offered_presets() if each.manifest.needs_photo and each.takes_jobs]
    slug = data.get("preset") or (folder.preset_id if folder else "") or ""
    chosen = preselect(presets, slug)
    job = read_new_job(data, chosen.manifest if chosen else None, sent=sent)
    form = FolderForm(
        presets=presets,
        chosen=chosen,
        job=job,
        places={name: value for name in ("input", "output") if (value := data.get(name)) is not None},
        cap=(data.get("daily_cap") or "").strip(),
        writes_sidecar=bool(data.get("writes_sidecar")),
        takes_existing=bool(data.get("takes_existing")),
    )
    if chosen and chosen.preset.slug != slug:
        if sent:
            form.errors["preset"] = NOT_OFFERED
        elif folder and slug == folder.preset_id:
            form.errors["preset"] = ANOTHER.format(old=slug, new=chosen.manifest.title)
    if sent and form.cap and not (form.cap.isascii() and form.cap.isdigit() and len(form.cap) <= 9):
        form.errors["daily_cap"] = WHOLE
    if folder and not sent:
        _fill(form, folder)
    return form


def _fill(form: FolderForm, folder: WatchedFolder) -> None:
    if form.chosen and form.chosen.preset.pk == folder.preset_id:
        form.job.values = {name: text_of(value) for name, value in folder.parameters.items()}
    form.job.output_format = folder.output_format
    form.writes_sidecar = folder.writes_sidecar
    form.cap = form.cap or ("" if folder.daily_cap is None else str(folder.daily_cap))
