from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from django.core import signing
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from accounts.emails import LONGEST
from accounts.models.user import User

SALT = "accounts.email_change"
WORKS = timedelta(days=1)
"""How long both addresses have to confirm."""


class Side(StrEnum):
    """Which of the two addresses a link was mailed to."""

    OLD = "old"
    NEW = "new"


class EmailChange(models.Model):
    """A person's new e-mail address, which waits until the old and the new one have confirmed it.

    A new wish replaces the row, so that the links of the earlier one end.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.OneToOneField(User, models.CASCADE, related_name="email_change")
    email = models.EmailField(
        help_text="The new address in its normal form. It may belong to another account."
    )
    typed_email = models.CharField(max_length=LONGEST)
    asked_at = models.DateTimeField(db_default=Now(), editable=False)
    old_confirmed_at = models.DateTimeField(null=True)
    new_confirmed_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager[EmailChange]] = models.Manager()

    def __str__(self) -> str:
        return f"{self.pk} of {self.user_id}"

    @property
    def ends_at(self) -> datetime:
        ends_at: datetime = self.asked_at + WORKS
        return ends_at

    @property
    def has_ended(self) -> bool:
        return self.ends_at <= timezone.now()

    def key_for(self, side: Side) -> str:
        """The secret of the link that goes to this address. It is stored nowhere."""
        return signing.dumps([str(self.pk), side], salt=SALT)

    @classmethod
    def read_key(cls, key: str) -> tuple[uuid.UUID, Side] | None:
        try:
            pk, side = signing.loads(key, salt=SALT, max_age=WORKS)
        except signing.BadSignature:
            return None
        return uuid.UUID(pk), Side(side)
