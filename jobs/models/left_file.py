from django.db import models
from django.db.models.functions import Now

from jobs.models.node import Node


class LeftFile(models.Model):
    """A file on a node whose photo or job is deleted before it was overwritten. It is, as soon as the node answers.

    It names no person: file names are made of ids of jobs and photos, whose rows are gone.
    """

    node = models.ForeignKey(Node, models.CASCADE, related_name="left_files")
    filename = models.CharField(max_length=255)
    subfolder = models.CharField(max_length=255, blank=True)
    type = models.CharField(max_length=8, help_text="ComfyUI's name of the folder: input, output or temp.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["node", "type", "subfolder", "filename"], name="left_file_once")
        ]

    def __str__(self) -> str:
        return f"{self.type}/{self.subfolder}/{self.filename} on {self.node_id}"
