import json
import uuid
from hashlib import sha256

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from drive.enums import Pause
from drive.models.connection import Connection
from jobs.enums import ResultFormat


class WatchedFolder(models.Model):
    """A folder whose new pictures become jobs with one preset, and the folder that the results go to."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    connection = models.ForeignKey(Connection, models.CASCADE, related_name="watched")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="watched_folders")
    input_id = models.CharField(max_length=500, blank=True, help_text="As the source names the folder.")
    input_name = models.CharField(max_length=255)
    output_id = models.CharField(max_length=500, blank=True)
    output_name = models.CharField(max_length=255)
    preset = models.ForeignKey("jobs.Preset", models.PROTECT, related_name="+")
    parameters = models.JSONField(default=dict)
    output_format = models.CharField(max_length=8, choices=ResultFormat, default=ResultFormat.PNG)
    writes_sidecar = models.BooleanField(
        default=False, help_text="Write the settings of each result beside it, as JSON."
    )
    daily_cap = models.PositiveIntegerField(
        null=True, help_text="Credits that it spends a day (UTC) at most; empty: no cap."
    )
    takes_from = models.DateTimeField(
        null=True,
        help_text="Older files that the first look finds are left alone; empty: what is there is taken too.",
    )
    first_looked_at = models.DateTimeField(null=True, help_text="When everything in it had been found once.")
    pause = models.CharField(max_length=12, choices=Pause, blank=True, default="")
    paused_at = models.DateTimeField(null=True)
    pause_words = models.CharField(
        max_length=400, blank=True, default="", help_text="Why, for its owner, if the kind does not say it."
    )
    runs = models.PositiveIntegerField(
        default=0, db_default=0, help_text="How often its owner had the last pictures made again."
    )
    is_ended = models.BooleanField(
        default=False, help_text="Its owner no longer watches it; what was made is still known."
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["connection", "input_id"], name="folder_watched_once", condition=Q(is_ended=False)
            ),
            models.CheckConstraint(
                name="folder_paused_iff_why",
                condition=Q(pause="", paused_at__isnull=True) | (~Q(pause="") & Q(paused_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return self.input_name

    @property
    def settings_digest(self) -> str:
        """Stands for all that decides the picture made of a photo: equal settings have equal ones."""
        told = json.dumps([self.preset_id, self.parameters, self.output_format], sort_keys=True)
        return sha256(told.encode()).hexdigest()
