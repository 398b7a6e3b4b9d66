from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class AuditLine(models.Model):
    """Who did what to which subject, and when. Written once, never changed."""

    at = models.DateTimeField(db_default=Now(), editable=False, db_index=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        help_text="Empty: the product itself.",
    )
    action = models.CharField(max_length=60, help_text="Such as `files_purged`.")
    subject = models.CharField(max_length=100, help_text="What it was done to, such as `job:<uuid>`.")
    details = models.JSONField(default=dict)

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["subject", "-at"], name="audit_of_subject")]

    def __str__(self) -> str:
        return f"{self.action} {self.subject}"
