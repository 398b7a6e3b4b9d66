from __future__ import annotations

from datetime import UTC, date
from typing import Any

from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.callers import caller_of
from accounts.enums import Scope
from accounts.models import User
from billing.usage import (
    Key,
    Span,
    Usage,
    Use,
    named_span,
    period_of,
    span_of_days,
    summed,
    titles_of,
    usage_of,
)
from creator.api.fields import AnswerFields, Fields
from creator.api.views import ApiView

GROUPS = ("day", "preset")


class UsageQuery(Fields):
    """The days, both included; without them, the period. `group` sums the lines over presets or over days."""

    group = serializers.ChoiceField(choices=GROUPS, required=False)

    def get_fields(self) -> dict[str, Any]:
        days = {"from": serializers.DateField(required=False), "to": serializers.DateField(required=False)}
        return {**days, **super().get_fields()}

    def validate(self, asked: dict[str, Any]) -> dict[str, Any]:
        missing = {"from", "to"} - asked.keys()
        if len(missing) == 1:
            raise serializers.ValidationError(dict.fromkeys(missing, "Send both days, or neither."))
        return asked


class UseFields(AnswerFields):
    pictures = serializers.IntegerField()
    credits_used = serializers.IntegerField()
    credits_returned = serializers.IntegerField()


class UsageLine(UseFields):
    """`day` is null if lines are summed by preset; `preset` and `title` are null if they are summed by day."""

    day = serializers.DateField(allow_null=True)
    preset = serializers.CharField(allow_null=True)
    title = serializers.CharField(allow_null=True)


class UsageAnswer(AnswerFields):
    """Credits used and returned. Days are those of `time_zone`, which the person chose in the profile."""

    starts_at = serializers.DateTimeField()
    ends_at = serializers.DateTimeField()
    time_zone = serializers.CharField()
    total = UseFields()
    lines = UsageLine(many=True)


class UsageView(ApiView):
    """`GET /usage`: credits used and returned by day and preset, in the period or from `from` to `to`."""

    scopes = {"GET": Scope.ACCOUNT_READ}
    query_fields = UsageQuery
    answers = {"GET": {200: UsageAnswer}}

    def get(self, request: Request) -> Response:
        user = caller_of(request)
        span = _span(self.query, user)
        used = usage_of(user.pk, span)
        body = {
            "starts_at": span.starts_at,
            "ends_at": span.ends_at,
            "time_zone": user.time_zone or "UTC",
            "total": _numbers(sum(used.values(), Use())),
            "lines": _lines(used, self.query.get("group")),
        }
        return Response(UsageAnswer(body).data)


def _span(asked: dict[str, Any], user: User) -> Span:
    zone = user.zone or UTC
    if "from" in asked:
        return span_of_days(asked["from"], asked["to"], zone)
    now = timezone.now()
    return named_span("period", now=now, zone=zone, period=period_of(user.pk, now))


def _lines(used: Usage, group: str | None) -> list[dict[str, Any]]:
    titles = titles_of(label for _, label in used)

    def group_of(key: Key) -> tuple[date | None, str | None]:
        day, label = key
        return (None if group == "preset" else day, None if group == "day" else label)

    return [
        {"day": day, "preset": label, "title": titles[label] if label is not None else None, **_numbers(use)}
        for (day, label), use in summed(used, group_of).items()
    ]


def _numbers(use: Use) -> dict[str, int]:
    return {"pictures": use.pictures, "credits_used": use.used, "credits_returned": use.returned}
