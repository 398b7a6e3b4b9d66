from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from drive.enums import Purpose
from drive.models.found import FoundFile, Picture
from drive.models.watched_folder import WatchedFolder


class WrittenFile(models.Model):
    """One file that we put into an output folder. Stored before it is written, so that a repeat writes it once.

    Files named here are never taken as input: neither by their id, nor by their place and name where the source has
    no ids, nor by their content.
    """

    folder = models.ForeignKey(WatchedFolder, models.CASCADE, related_name="written")
    event = models.CharField(max_length=100, help_text="What it tells of: each is written once.")
    purpose = models.CharField(max_length=8, choices=Purpose)
    picture = models.ForeignKey(Picture, models.CASCADE, null=True, related_name="written")
    file = models.ForeignKey(FoundFile, models.CASCADE, null=True, related_name="notes")
    parent_id = models.CharField(max_length=500, blank=True, help_text="The folder that it goes to.")
    name = models.CharField(max_length=255, help_text="Under which it is written, or tried next.")
    place_key = models.CharField(max_length=64, help_text="`key_of` folder and name.")
    reserved = models.CharField(max_length=200, blank=True, default="", help_text="Id made before the write.")
    source_id = models.CharField(max_length=1024, blank=True, default="")
    source_key = models.CharField(max_length=64, blank=True, default="", help_text="`key_of` the id.")
    sha256 = models.CharField(max_length=64, blank=True, default="")
    words = models.TextField(blank=True, default="", help_text="Of a note about a file.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    written_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["source_key"], name="written_file", condition=~Q(source_key="")),
            models.Index(fields=["reserved"], name="written_reserved", condition=~Q(reserved="")),
            models.Index(fields=["place_key"], name="written_place"),
            models.Index(fields=["sha256"], name="written_content", condition=~Q(sha256="")),
        ]
        constraints = [models.UniqueConstraint(fields=["folder", "event"], name="written_once")]

    def __str__(self) -> str:
        return self.name
