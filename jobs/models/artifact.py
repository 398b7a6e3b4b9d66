import uuid

from django.db import models
from django.db.models.functions import Now

from jobs.enums import ArtifactKind


class Artifact(models.Model):
    """A stored file of a job. Its key contains the holder's token, so a late holder cannot overwrite it."""

    public_id = models.UUIDField(
        unique=True, default=uuid.uuid4, editable=False, help_text="Its id in the API."
    )
    job = models.ForeignKey("Job", models.CASCADE, related_name="artifacts")
    kind = models.CharField(max_length=12, choices=ArtifactKind)
    key = models.CharField(max_length=200)
    content_type = models.CharField(max_length=40)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField(null=True)
    purge_failures = models.PositiveSmallIntegerField(
        default=0, help_text="Times that its object could not be deleted."
    )
    purge_after = models.DateTimeField(
        null=True, help_text="Not to be purged before: a purger has it, or the last try failed."
    )

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="artifact_expiry")]
        constraints = [models.UniqueConstraint(fields=["job", "kind"], name="artifact_one_per_kind")]

    def __str__(self) -> str:
        return f"{self.job_id} {self.kind}"
