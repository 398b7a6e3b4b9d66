from __future__ import annotations

from rest_framework import serializers

from billing.enums import Feature
from creator.api.fields import AnswerFields


class LimitsAnswer(AnswerFields):
    """The numbers of a plan as this installation enforces them."""

    jobs_per_period = serializers.IntegerField()
    parallel_jobs = serializers.IntegerField()
    queued_jobs = serializers.IntegerField()
    batch_files = serializers.IntegerField()
    upload_bytes = serializers.IntegerField()
    megapixels = serializers.IntegerField()
    requests_per_minute = serializers.IntegerField()
    requests_per_hour = serializers.IntegerField()
    submits_per_hour = serializers.IntegerField()
    uploads_per_hour = serializers.IntegerField()
    cancels_per_hour = serializers.IntegerField()
    retention_days = serializers.IntegerField()


class PlanAnswer(AnswerFields):
    """A plan on offer. `price` is per month, in the currency's smallest unit."""

    slug = serializers.CharField(source="plan.slug")
    title = serializers.CharField(source="plan.title")
    price = serializers.IntegerField(source="plan.price_cents")
    currency = serializers.CharField(source="plan.currency")
    credits = serializers.IntegerField(source="plan.credits")
    trial_days = serializers.IntegerField(source="plan.trial_days")
    trial_credits = serializers.IntegerField(source="plan.trial_credits")
    limits = LimitsAnswer()
    features = serializers.ListField(
        child=serializers.ChoiceField(choices=Feature.choices), source="plan.features"
    )


class PackAnswer(AnswerFields):
    """Credits that are bought once. They expire `lasts_days` after that."""

    slug = serializers.CharField()
    title = serializers.CharField()
    credits = serializers.IntegerField()
    lasts_days = serializers.IntegerField()
    price = serializers.IntegerField(source="price_cents")
    currency = serializers.CharField()


class PlanListAnswer(AnswerFields):
    """`sells`: whether people can buy here. Where they cannot, staff give them their plan, and there are no packs."""

    sells = serializers.BooleanField()
    plans = PlanAnswer(many=True)
    packs = PackAnswer(many=True)
