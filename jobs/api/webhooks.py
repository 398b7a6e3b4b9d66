from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.callers import caller_of
from accounts.enums import Scope
from creator.api.views import ApiView
from creator.platform.api import answer_once, json_answer
from creator.platform.idempotency import Answer
from jobs import webhooks
from jobs.api.pagination import next_page, page_of
from jobs.api.schemas.webhooks import (
    DeliveriesQuery,
    DeliveryAnswer,
    DeliveryListAnswer,
    MadeWebhookAnswer,
    SecretAnswer,
    WebhookAnswer,
    WebhookBody,
    WebhookChanges,
    WebhookListAnswer,
)
from jobs.models import Webhook, WebhookMessage


class Webhooks(ApiView):
    """`GET /webhooks`: the caller's webhooks. `POST /webhooks`: a new one, with the secret of its signatures."""

    scopes = {"GET": Scope.ACCOUNT_READ, "POST": Scope.WEBHOOKS_WRITE}
    body_fields = WebhookBody
    answers = {"GET": {200: WebhookListAnswer}, "POST": {201: MadeWebhookAnswer}}
    refusals = {"POST": ("plan_required", "quota_exceeded")}
    repeatable = ("POST",)

    def get(self, request: Request) -> Response:
        found = webhooks.webhooks_of(caller_of(request))
        return Response(WebhookListAnswer({"webhooks": found}).data)

    def post(self, request: Request) -> HttpResponse:
        owner = caller_of(request)

        def add() -> Answer:
            webhook, secret = webhooks.add_webhook(owner=owner, address=_address(request), **self.body)
            stored = json_answer(201, MadeWebhookAnswer({"secret": None, "webhook": webhook}).data)
            shown = json_answer(201, MadeWebhookAnswer({"secret": secret, "webhook": webhook}).data)
            return Answer(stored.status, stored.headers, stored.body, sent_once=shown.body)

        return answer_once(request, owner.pk, request.data, add)


class OneWebhook(ApiView):
    """`GET /webhooks/{id}`: one webhook. `PATCH /webhooks/{id}`: changes the fields that are sent, and answers it.

    `DELETE /webhooks/{id}`: deletes it with all its deliveries.
    """

    scopes = {"GET": Scope.ACCOUNT_READ, "PATCH": Scope.WEBHOOKS_WRITE, "DELETE": Scope.WEBHOOKS_WRITE}
    body_fields = WebhookChanges
    answers = {"GET": {200: WebhookAnswer}, "PATCH": {200: WebhookAnswer}, "DELETE": {204: None}}
    refusals = {"PATCH": ("plan_required",)}

    def get(self, request: Request, webhook_id: UUID) -> Response:
        return Response(WebhookAnswer(_webhook(request, webhook_id)).data)

    def patch(self, request: Request, webhook_id: UUID) -> Response:
        webhook = _webhook(request, webhook_id)
        changed = webhooks.change_webhook(webhook, self.body, address=_address(request))
        return Response(WebhookAnswer(changed).data)

    def delete(self, request: Request, webhook_id: UUID) -> Response:
        webhooks.delete_webhook(_webhook(request, webhook_id), address=_address(request))
        return Response(status=204)


class WebhookSecret(ApiView):
    """`POST /webhooks/{id}/secret`: a new secret. For a day messages are signed with the previous one too."""

    scopes = {"POST": Scope.WEBHOOKS_WRITE}
    answers = {"POST": {200: SecretAnswer}}
    repeatable = ("POST",)
    operation_ids = {"POST": "rotate_webhook_secret"}

    def post(self, request: Request, webhook_id: UUID) -> HttpResponse:
        webhook = _webhook(request, webhook_id)

        def rotate() -> Answer:
            secret = webhooks.rotate_secret(webhook, address=_address(request))
            until = webhook.old_secret_until
            stored = json_answer(200, SecretAnswer({"secret": None, "old_secret_until": until}).data)
            shown = json_answer(200, SecretAnswer({"secret": secret, "old_secret_until": until}).data)
            return Answer(stored.status, stored.headers, stored.body, sent_once=shown.body)

        return answer_once(request, webhook.owner_id, request.data or None, rotate)


class TestWebhook(ApiView):
    """`POST /webhooks/{id}/test`: sends an event `test`. Its delivery, which is answered, tells what comes of it."""

    scopes = {"POST": Scope.WEBHOOKS_WRITE}
    answers = {"POST": {202: DeliveryAnswer}}
    refusals = {"POST": ("plan_required", "webhook_disabled")}
    repeatable = ("POST",)
    operation_ids = {"POST": "test_webhook"}

    def post(self, request: Request, webhook_id: UUID) -> HttpResponse:
        webhook = _webhook(request, webhook_id)
        return answer_once(
            request,
            webhook.owner_id,
            request.data or None,
            lambda: _accepted(webhook, webhooks.ping(webhook)),
        )


class Deliveries(ApiView):
    """`GET /webhooks/{id}/deliveries`: what was and will be sent in 30 days, newest first, with the last tries."""

    scopes = {"GET": Scope.ACCOUNT_READ}
    query_fields = DeliveriesQuery
    answers = {"GET": {200: DeliveryListAnswer}}

    def get(self, request: Request, webhook_id: UUID) -> Response:
        webhook, asked = _webhook(request, webhook_id), self.query
        messages, cursor = page_of(
            webhooks.messages_of(webhook), cursor=asked["cursor"], limit=asked["limit"]
        )
        sent = webhooks.with_states(webhook, messages)
        return Response(DeliveryListAnswer({"deliveries": sent, "next": next_page(request, cursor)}).data)


class Redeliver(ApiView):
    """`POST /webhooks/{id}/deliveries/{delivery_id}/redeliver`: sends the message again, under the same event id."""

    scopes = {"POST": Scope.WEBHOOKS_WRITE}
    answers = {"POST": {202: DeliveryAnswer}}
    refusals = {"POST": ("plan_required", "webhook_disabled")}
    repeatable = ("POST",)
    operation_ids = {"POST": "redeliver"}

    def post(self, request: Request, webhook_id: UUID, delivery_id: UUID) -> HttpResponse:
        webhook = _webhook(request, webhook_id)
        message = webhooks.get_message(webhook, delivery_id)

        def again() -> Answer:
            webhooks.redeliver(webhook, message)
            return _accepted(webhook, message)

        return answer_once(request, webhook.owner_id, request.data or None, again)


def _webhook(request: Request, webhook_id: UUID) -> Webhook:
    return webhooks.get_webhook(caller_of(request), webhook_id)


def _accepted(webhook: Webhook, message: WebhookMessage) -> Answer:
    (sent,) = webhooks.with_states(webhook, [message])
    return json_answer(202, DeliveryAnswer(sent).data)


def _address(request: Request) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))
