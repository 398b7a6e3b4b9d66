import uuid

from django.db import models
from django.db.models.functions import Now

from drive.enums import FileState
from drive.models.watched_folder import WatchedFolder


class Picture(models.Model):
    """A picture of one folder, made with one set of settings. Files with the same content share one row, and so one job.

    Its id is the key of the submit, so that a repeat after a crash returns the same job. `run` counts how often its
    owner asked to have it made again.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    folder = models.ForeignKey(WatchedFolder, models.CASCADE, related_name="pictures")
    sha256 = models.CharField(max_length=64, help_text="Of the file as it lay in the folder.")
    settings = models.CharField(max_length=64, help_text="Digest of the folder's settings then.")
    run = models.PositiveIntegerField(default=0)
    name = models.CharField(
        max_length=255, help_text="Of the file that came first; results are named after it."
    )
    writes_sidecar = models.BooleanField(default=False)
    job = models.OneToOneField("jobs.Job", models.SET_NULL, null=True, related_name="+")
    price = models.PositiveIntegerField(default=0, help_text="Credits held at submit.")
    submitted_at = models.DateTimeField(null=True)
    delivered_at = models.DateTimeField(null=True, help_text="When all its files lay in the output folder.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["folder", "submitted_at"], name="picture_spent"),
            models.Index(fields=["folder", "-created_at"], name="picture_newest"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["folder", "sha256", "settings", "run"], name="picture_once")
        ]

    def __str__(self) -> str:
        return self.name


class FoundFile(models.Model):
    """One version of a file that a look found in a watched folder, and what became of it."""

    folder = models.ForeignKey(WatchedFolder, models.CASCADE, related_name="files")
    source_id = models.CharField(max_length=1024, help_text="As the source names it.")
    version = models.CharField(max_length=200, help_text="Of its content, as the source names it.")
    key = models.CharField(max_length=64, unique=True, help_text="`key_of` folder, id and version.")
    name = models.CharField(max_length=255)
    size = models.BigIntegerField(help_text="Bytes.")
    mime = models.CharField(max_length=127, blank=True, default="")
    sha256 = models.CharField(max_length=64, blank=True, default="")
    run = models.PositiveIntegerField(default=0, help_text="Of the picture that intake makes of it.")
    state = models.CharField(max_length=8, choices=FileState, default=FileState.FOUND)
    problem = models.CharField(max_length=400, blank=True, default="", help_text="In words for the owner.")
    picture = models.ForeignKey(Picture, models.SET_NULL, null=True, related_name="files")
    found_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        indexes = [
            models.Index(fields=["folder", "-id"], name="found_newest"),
            models.Index(
                fields=["folder", "id"], name="found_waiting", condition=models.Q(state=FileState.FOUND)
            ),
        ]

    def __str__(self) -> str:
        return self.name
