from django.db import models
from django.db.models import Q

from billing.enums import SubscriptionStatus


class Subscription(models.Model):
    """A plan that is paid for period by period, as Stripe described it when it was last asked.

    Only written where `asked_at` is older than the answer: a late answer never overwrites a newer one.
    """

    customer = models.ForeignKey("Customer", models.PROTECT, related_name="subscriptions")
    subscription_id = models.CharField(max_length=100, unique=True, help_text="Stripe's id, such as sub_….")
    plan = models.ForeignKey("Plan", models.PROTECT, related_name="subscriptions")
    next_plan = models.ForeignKey(
        "Plan", models.PROTECT, null=True, blank=True, related_name="+", help_text="From the next period on."
    )
    status = models.CharField(max_length=8, choices=SubscriptionStatus)
    period_starts_at = models.DateTimeField()
    period_ends_at = models.DateTimeField()
    trial_ends_at = models.DateTimeField(null=True)
    reminded_of = models.DateTimeField(
        null=True, help_text="The end of the trial that its owner was reminded of."
    )
    ends_at = models.DateTimeField(null=True, help_text="Cancelled: when it ends.")
    past_due_since = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(help_text="When Stripe was asked for what stands here.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="subscription_period_is_one",
                condition=Q(period_ends_at__gt=models.F("period_starts_at")),
            ),
            models.CheckConstraint(
                name="subscription_past_due_since_iff_past_due",
                condition=Q(status=SubscriptionStatus.PAST_DUE, past_due_since__isnull=False)
                | (~Q(status=SubscriptionStatus.PAST_DUE) & Q(past_due_since__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subscription_id}: {self.plan_id}, {self.status}"
