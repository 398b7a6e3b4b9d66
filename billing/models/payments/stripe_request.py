import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from billing.enums import UNFINISHED, RequestKind, RequestState


class StripeRequest(models.Model):
    """One thing that we ask of Stripe for an account. Its id is the idempotency key of what is sent.

    The row is committed before Stripe is asked. If no answer comes, the next try uses the same row and key, so that
    Stripe does it once. `billing.payments.requests` has the rules.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey("CreditAccount", models.PROTECT, related_name="stripe_requests")
    kind = models.CharField(max_length=12, choices=RequestKind)
    is_live = models.BooleanField()
    plan = models.ForeignKey("Plan", models.PROTECT, null=True, related_name="+")
    pack = models.ForeignKey("CreditPack", models.PROTECT, null=True, related_name="+")
    state = models.CharField(max_length=8, choices=RequestState, default=RequestState.ASKED)
    object_id = models.CharField(max_length=100, blank=True, default="", help_text="What Stripe made for it.")
    errors = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="Answers that were errors of Stripe's own; part of the key."
    )
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["account", "-created_at"], name="request_newest")]
        constraints = [
            models.UniqueConstraint(
                fields=["object_id"], name="request_one_per_object", condition=~Q(object_id="")
            ),
            models.UniqueConstraint(
                fields=["account", "is_live", "kind"],
                name="request_one_unfinished",
                condition=Q(state__in=UNFINISHED) & ~Q(kind=RequestKind.TOP_UP),
            ),
            models.UniqueConstraint(
                fields=["account", "is_live", "pack"],
                name="request_one_unfinished_per_pack",
                condition=Q(state__in=UNFINISHED, kind=RequestKind.TOP_UP),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.id}: {self.state}"
