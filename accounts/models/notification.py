from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.enums import MailRhythm
from accounts.models.user import User


class Notification(models.Model):
    """One notification for a person: listed on /notifications/, or waiting for a mail that tells of several."""

    user = models.ForeignKey(User, models.CASCADE, related_name="notifications")
    kind = models.CharField(max_length=40)
    event_id = models.CharField(max_length=60, help_text="The event's own id: each is told once.")
    facts = models.JSONField(default=dict, help_text="Ids and harmless words.")
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    told_by = models.BigIntegerField(
        null=True, help_text="Number of the delivery whose mail tells of it, if several are told in one mail."
    )

    class Meta:
        indexes = [
            models.Index(fields=["user", "-created_at"], name="notification_newest"),
            models.Index(fields=["created_at"], name="notification_age"),
            models.Index(fields=["told_by"], name="notification_told_by", condition=Q(told_by__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["user", "kind", "event_id"], name="notification_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"


class NotificationPreference(models.Model):
    """What a person chose for one kind of notification. Without a row, it is told in every way."""

    user = models.ForeignKey(User, models.CASCADE, related_name="notification_preferences")
    kind = models.CharField(max_length=40)
    mail = models.BooleanField(default=True)
    page = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="preference_once")]

    def __str__(self) -> str:
        return self.kind


class MailSchedule(models.Model):
    """When a person gets mails that can wait. Times are in the person's time zone."""

    user = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="mail_schedule")
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)
    rhythm = models.CharField(max_length=8, choices=MailRhythm, default=MailRhythm.SOON)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="quiet_hours_whole",
                condition=Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.rhythm
