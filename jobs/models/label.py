from django.db import models


class JobLabel(models.Model):
    """A name with a value that a program gave a job (Comfy API v2, `metadata`), to find it again. It never changes."""

    job = models.ForeignKey("Job", models.CASCADE, related_name="labels", db_index=False)
    key = models.CharField(max_length=40)
    value = models.CharField(max_length=256)

    class Meta:
        ordering = ["key"]
        indexes = [models.Index(fields=["key", "value"], name="label_search")]
        constraints = [models.UniqueConstraint(fields=["job", "key"], name="label_once")]

    def __str__(self) -> str:
        return f"{self.key}={self.value}"
