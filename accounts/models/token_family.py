import uuid
from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.enums import FamilyEnd
from accounts.models.user import User


class TokenFamily(models.Model):
    """A program that a person signed in, by its tokens: each refresh token replaces the one before it."""

    UNUSED_FOR = timedelta(days=30)
    """A program that asks for no new tokens for so long is signed out."""
    LONGEST = timedelta(days=90)
    """So long after signing in, a program must sign in again, whatever it did."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(User, models.CASCADE, related_name="token_families")
    device = models.CharField(max_length=100, help_text="What the program says it runs on.")
    address = models.CharField(max_length=45, help_text="IP address of the last refresh.")
    proof = models.CharField(
        max_length=64, help_text="As in the owner's sessions: it changes with the password."
    )
    digest = models.CharField(
        max_length=64,
        help_text="SHA-256 of the present refresh token, which is random: no salt is needed.",
    )
    previous_digest = models.CharField(
        max_length=64, blank=True, help_text="The same of the token before it."
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    refreshed_at = models.DateTimeField(db_default=Now(), editable=False)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=16, choices=FamilyEnd, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="token_family_end_has_a_reason",
                condition=Q(ended_at=None, ended_by="") | (Q(ended_at__isnull=False) & ~Q(ended_by="")),
            )
        ]

    def __str__(self) -> str:
        return f"{self.device} ({self.id})"

    @property
    def expires_at(self) -> datetime:
        """When it is signed out if it asks for no new tokens until then."""
        return min(self.refreshed_at + self.UNUSED_FOR, self.created_at + self.LONGEST)
