from django.db import models
from django.db.models import Q

from accounts.models.user import User
from creator.platform.models import LeasedRow


class Erasure(LeasedRow):
    """A person's account is to be erased: asked for, due when the grace is over, begun, done.

    A sign-in before it has begun deletes the row. Once it is done the row names nobody: its id is the name under which
    audit lines keep the erased person's acts together.
    """

    user = models.OneToOneField(User, models.SET_NULL, null=True, related_name="erasure")
    begun_at = models.DateTimeField(null=True, help_text="From here on nothing stops it.")
    erased_at = models.DateTimeField(null=True)
    last_mail = models.BigIntegerField(
        null=True,
        help_text="Number of the delivery of the last mail, whose row goes when it is sent or given up.",
    )
    counts = models.JSONField(default=dict, help_text="What was erased: how many of what.")

    class Meta(LeasedRow.Meta):
        indexes = [models.Index(fields=["due_at"], name="erasure_due", condition=Q(erased_at=None))]
        constraints = [
            models.CheckConstraint(
                name="erasure_names_nobody_when_done",
                condition=Q(erased_at=None) | Q(user=None, begun_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"erasure {self.id}"
