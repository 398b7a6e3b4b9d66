from __future__ import annotations

from rest_framework import serializers

from creator.api.fields import AnswerFields, Fields, SeveralField
from jobs.api.schemas.jobs import ErrorAnswer
from jobs.enums import JobStatus, Stage
from jobs.feed import TYPES

EVENTS_PER_PAGE = 100
MOST_EVENTS = 1000


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


class FeedEventAnswer(AnswerFields):
    """One event. Webhooks send the same `type`, `timestamp` and `data`."""

    id = serializers.IntegerField(help_text="Rises from event to event of one person, with gaps.")
    type = serializers.ChoiceField(choices=TYPES)
    timestamp = serializers.DateTimeField()
    data = serializers.DictField(  # type: ignore[assignment]  # DRF takes fields out of the class
        help_text="Of a job: job_id, batch_id, status, preset, name, error. Of a batch: batch_id and counts."
    )


class BatchEventsQuery(Fields):
    """The query of `GET /batches/{id}/events`."""

    after = serializers.IntegerField(min_value=0, max_value=2**62, required=False)
    limit = serializers.IntegerField(
        min_value=1, max_value=MOST_EVENTS, required=False, default=EVENTS_PER_PAGE
    )


class FeedQuery(BatchEventsQuery):
    """The query of `GET /events`."""

    type = SeveralField(child=serializers.ChoiceField(choices=TYPES), required=False, default=list)


class FeedAnswer(AnswerFields):
    """Events, oldest first. Ask again with the new `after`; `next` is that address while there are more by now."""

    events = FeedEventAnswer(many=True)
    after = serializers.IntegerField()
    newest = serializers.IntegerField(help_text="As `after`, it leaves out all events that exist by now.")
    next = serializers.URLField(allow_null=True)


class BatchEventsAnswer(FeedAnswer):
    """The same for one batch. `terminal`: these are its last events."""

    terminal = serializers.BooleanField()
