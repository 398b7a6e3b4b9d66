from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from creator.platform.models import LeasedRow
from drive.enums import SourceKind, Trouble


class Connection(LeasedRow):
    """A person's access to one source. Due when its folders are to be looked at (`drive.watching`).

    Disconnecting keeps the row without its access, so that the pictures made are still known when the person connects
    the same account again. `failures` are looks in a row that the source did not answer.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="drive_connections")
    kind = models.CharField(max_length=8, choices=SourceKind)
    account = models.CharField(
        max_length=500,
        help_text="What the source calls it for ever: Google's permission id, a path, a bucket and prefix.",
    )
    label = models.CharField(max_length=320, help_text="What its owner calls it, such as their address.")
    access = models.TextField(
        blank=True, default="", help_text="The refresh token, encrypted under ENCRYPTION_KEYS."
    )
    scopes = models.CharField(max_length=500, blank=True, default="", help_text="Granted, with spaces.")
    trouble = models.CharField(max_length=12, choices=Trouble, blank=True, default="")
    troubled_at = models.DateTimeField(null=True)
    disconnected_at = models.DateTimeField(null=True)
    cursor = models.TextField(
        blank=True, default="", help_text="Where the next look begins; empty: look at everything."
    )
    looked_at = models.DateTimeField(null=True, help_text="When a look last succeeded.")
    reconcile_at = models.DateTimeField(
        db_default=Now(), help_text="When a look next goes through everything."
    )
    channels_due_at = models.DateTimeField(
        db_default=Now(), help_text="When its channels are next brought up to date (`drive.channels`)."
    )
    rang_at = models.DateTimeField(null=True, help_text="When the source last told of a change.")

    class Meta(LeasedRow.Meta):
        indexes = [
            models.Index(
                fields=["due_at"],
                name="connection_due",
                condition=Q(trouble="", disconnected_at__isnull=True),
            ),
            models.Index(
                fields=["channels_due_at"],
                name="channels_due",
                condition=Q(kind=SourceKind.GOOGLE, trouble="", disconnected_at__isnull=True),
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["owner", "kind", "account"], name="connection_once"),
            models.CheckConstraint(
                name="connection_forgets_access", condition=Q(disconnected_at__isnull=True) | Q(access="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.label}"

    @property
    def is_open(self) -> bool:
        """Whether its owner connected it and did not disconnect it."""
        return self.disconnected_at is None
