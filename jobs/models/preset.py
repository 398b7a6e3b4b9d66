from functools import cached_property

from django.db import models
from django.db.models.functions import Now

from jobs.presets.manifest import Manifest, from_json


class Preset(models.Model):
    """What staff decide about a preset: whether it is offered, its price and its position.

    Not part of a version.
    """

    slug = models.SlugField(primary_key=True)
    enabled = models.BooleanField(default=True)
    price = models.PositiveIntegerField(help_text="Credits a finished job costs.")
    position = models.PositiveIntegerField(default=0)
    current = models.ForeignKey("PresetVersion", models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["position", "slug"]

    def __str__(self) -> str:
        return self.slug


class PresetVersion(models.Model):
    """An immutable graph with its manifest, identified by its digest."""

    preset = models.ForeignKey(Preset, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    digest = models.CharField(max_length=64, unique=True)
    manifest_json = models.JSONField()
    workflow = models.JSONField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["preset", "number"], name="preset_version_number")]

    def __str__(self) -> str:
        return f"{self.preset_id} v{self.number}"

    @cached_property
    def manifest(self) -> Manifest:
        return from_json(self.manifest_json)

    def delete(self, *args: object, **kwargs: object) -> tuple[int, dict[str, int]]:
        raise TypeError("Preset versions cannot be deleted: jobs refer to them.")
