from __future__ import annotations

from rest_framework import serializers

from creator.api.fields import AnswerFields, Fields
from jobs.enums import EventType, WebhookEnd
from jobs.webhooks import CHOICES, DESCRIPTION_LENGTH, PAGE, State

MOST_PER_PAGE = 100
LONGEST_CURSOR = 200
LONGEST_URL = 2048
EVENTS = [(each.value, each.label) for each in CHOICES]


def _url(*, required: bool) -> serializers.Field:
    words = "Where events are posted to: an https:// address on the public internet."
    return serializers.CharField(max_length=LONGEST_URL, required=required, help_text=words)


def _events(*, required: bool) -> serializers.Field:
    return serializers.ListField(
        child=serializers.ChoiceField(choices=EVENTS), allow_empty=False, required=required
    )


def _description() -> serializers.Field:
    return serializers.CharField(max_length=DESCRIPTION_LENGTH, required=False, allow_blank=True)


class WebhookBody(Fields):
    """The body of `POST /webhooks`."""

    url = _url(required=True)
    events = _events(required=True)
    description = _description()


class WebhookChanges(Fields):
    """The body of `PATCH /webhooks/{id}`: what is to change."""

    url = _url(required=False)
    events = _events(required=False)
    description = _description()
    is_enabled = serializers.BooleanField(
        required=False,
        help_text="false: what waits to be delivered is given up. true: messages are sent again.",
    )


class WebhookAnswer(AnswerFields):
    """A webhook, without its secret."""

    id = serializers.UUIDField()
    url = serializers.CharField()
    events = serializers.ListField(child=serializers.ChoiceField(choices=EVENTS))
    description = serializers.CharField(allow_blank=True)
    is_enabled = serializers.BooleanField()
    disabled_at = serializers.DateTimeField(allow_null=True)
    disabled_for = serializers.ChoiceField(
        choices=WebhookEnd.choices, allow_blank=True, help_text="Why it is disabled; empty if it is not."
    )
    failing_since = serializers.DateTimeField(
        allow_null=True,
        help_text="The first failure since it last took a message; null if the last try worked.",
    )
    old_secret_until = serializers.DateTimeField(
        allow_null=True, help_text="Until then messages are signed with the previous secret too."
    )
    created_at = serializers.DateTimeField()


class WebhookListAnswer(AnswerFields):
    """All webhooks of the caller, oldest first."""

    webhooks = WebhookAnswer(many=True)


class MadeWebhookAnswer(AnswerFields):
    """201: a webhook that was added. `secret` is null in a repeated answer."""

    secret = serializers.CharField(allow_null=True, help_text="Signs the messages: `whsec_` and Base64.")
    webhook = WebhookAnswer()


class SecretAnswer(AnswerFields):
    """A new secret, and until when the previous one signs too. `secret` is null in a repeated answer."""

    secret = serializers.CharField(allow_null=True)
    old_secret_until = serializers.DateTimeField()


class DeliveriesQuery(Fields):
    """The query of `GET /webhooks/{id}/deliveries`."""

    limit = serializers.IntegerField(min_value=1, max_value=MOST_PER_PAGE, required=False, default=PAGE)
    cursor = serializers.CharField(max_length=LONGEST_CURSOR, required=False, default="")


class TryAnswer(AnswerFields):
    """One request with the message, and its answer."""

    at = serializers.DateTimeField()
    seconds = serializers.FloatField(help_text="From the look for the name to the end of the answer.")
    headers = serializers.DictField(child=serializers.CharField(), help_text="Of the request.")
    status = serializers.IntegerField(allow_null=True, help_text="Of the answer; null if none came.")
    answer = serializers.CharField(allow_blank=True, help_text="The first 4 KiB of its body.")
    problem = serializers.CharField(allow_blank=True, help_text="Empty: the message was taken.")


class DeliveryAnswer(AnswerFields):
    """A message to a webhook. `body` is what was sent, byte for byte, as its receiver must verify it."""

    id = serializers.UUIDField(source="message.id")
    event_id = serializers.CharField(
        source="message.event_id", help_text="`webhook-id`, the same in every try."
    )
    type = serializers.ChoiceField(source="message.type", choices=EventType.choices)
    state = serializers.ChoiceField(choices=[each.value for each in State])
    created_at = serializers.DateTimeField(source="message.created_at")
    next_try_at = serializers.DateTimeField(allow_null=True)
    body = serializers.CharField(source="message.body")
    tries = TryAnswer(many=True)


class DeliveryListAnswer(AnswerFields):
    """A page of a webhook's deliveries, newest first; `next` is the address of the next page."""

    deliveries = DeliveryAnswer(many=True)
    next = serializers.URLField(allow_null=True)
