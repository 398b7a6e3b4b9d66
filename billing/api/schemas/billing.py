from __future__ import annotations

from rest_framework import serializers

from billing.enums import SubscriptionStatus
from billing.queries import Standing
from creator.api.fields import AnswerFields


class SubscriptionAnswer(AnswerFields):
    """A plan that is paid for. `ends_at`: it is cancelled and ends then; `next_plan`: what it changes to then."""

    plan = serializers.CharField(source="plan_id")
    status = serializers.ChoiceField(choices=SubscriptionStatus.choices)
    period_starts_at = serializers.DateTimeField()
    period_ends_at = serializers.DateTimeField()
    trial_ends_at = serializers.DateTimeField(allow_null=True)
    past_due_since = serializers.DateTimeField(allow_null=True)
    next_plan = serializers.CharField(source="next_plan_id", allow_null=True)
    ends_at = serializers.DateTimeField(allow_null=True)


class PeriodAnswer(AnswerFields):
    """The present period. `jobs` and `credits` count what was started in it and was not given back."""

    starts_at = serializers.DateTimeField(source="account.period_starts_at", allow_null=True)
    ends_at = serializers.DateTimeField(source="account.period_ends_at", allow_null=True)
    jobs = serializers.IntegerField(source="account.period_jobs")
    jobs_left = serializers.IntegerField()
    credits = serializers.IntegerField(source="account.period_credits")


class BucketAnswer(AnswerFields):
    """Credits that expire together; null: never."""

    left = serializers.IntegerField()
    expires_at = serializers.DateTimeField(allow_null=True)


class CreditsAnswer(AnswerFields):
    """`available` can be spent, `reserved` is for jobs in progress. While there is `debt`, no job is accepted."""

    available = serializers.IntegerField(source="account.available")
    reserved = serializers.IntegerField(source="account.reserved")
    debt = serializers.IntegerField(source="account.debt")
    buckets = BucketAnswer(many=True)


class BillingAnswer(AnswerFields):
    """How things stand with the caller's plan and credits. `spend_cap`: theirs, in credits a period; null: none."""

    plan = serializers.CharField()
    standing = serializers.ChoiceField(choices=Standing.choices)
    blocked_from = serializers.DateTimeField(allow_null=True)
    subscription = SubscriptionAnswer(allow_null=True)
    period = PeriodAnswer()
    credits = CreditsAnswer()
    spend_cap = serializers.IntegerField(allow_null=True)
