from __future__ import annotations

from rest_framework import serializers

from creator.api.fields import AnswerFields, Fields
from jobs.api.schemas.jobs import ErrorAnswer
from jobs.enums import JobStatus, Stage


class EventsQuery(Fields):
    """The query of `GET /jobs/{id}/events`."""

    after = serializers.IntegerField(min_value=0, max_value=2**62, required=False)


class MessageAnswer(AnswerFields):
    """One message about a job, as sockets and streams send it (docs/socket.schema.json)."""

    type = serializers.ChoiceField(choices=["snapshot", "update"])
    job_id = serializers.UUIDField()
    sequence = serializers.IntegerField()
    status = serializers.ChoiceField(choices=JobStatus.choices)
    stage = serializers.ChoiceField(choices=Stage.choices, allow_blank=True)
    word = serializers.CharField()
    percent = serializers.FloatField()
    words = serializers.CharField(allow_blank=True)
    step = serializers.IntegerField()
    steps = serializers.IntegerField()
    position = serializers.IntegerField(allow_null=True)
    eta = serializers.IntegerField(allow_null=True)
    why = serializers.CharField(allow_blank=True)
    node = serializers.CharField(allow_blank=True)
    parameters = serializers.JSONField()
    error = ErrorAnswer(allow_null=True)
    preview_url = serializers.CharField(allow_blank=True)
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    seconds = serializers.FloatField(allow_null=True)
    terminal = serializers.BooleanField()
    cancelling = serializers.BooleanField()
    sent_at = serializers.DateTimeField()


class EventsAnswer(AnswerFields):
    """The messages since `after`. Ask again with the new `after`, unless `terminal` says that no more will come."""

    messages = MessageAnswer(many=True)
    after = serializers.IntegerField()
    terminal = serializers.BooleanField()
