"""The outbox's handler of webhooks: one try of a message, with what was sent and answered."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from uuid import UUID

from django.utils import timezone
from django.utils.http import parse_http_date_safe

from accounts.encryption import Unreadable
from creator.lib.database_errors import drop_connection
from creator.lib.outside import Answered, Away, Forbidden, post
from creator.platform.models import Delivery
from creator.platform.outbox import Crowd, TryAgain, Undeliverable
from jobs.enums import WebhookEnd
from jobs.models import WebhookMessage, WebhookTry
from jobs.webhooks.health import disable_for, note_failure, note_success
from jobs.webhooks.messages import forget_old_tries
from jobs.webhooks.secrets import signing_secrets
from jobs.webhooks.signing import signed_headers

WAIT_S = 10.0
"""For name, connection and answer together: a receiver should answer first and work later."""
ANSWER_BYTES = 4096
LONGEST_PAUSE = timedelta(days=1)
"""A `Retry-After` asks for no longer pause than this."""
ASK_FOR_PATIENCE = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
CROWD = Crowd()


@dataclass(frozen=True)
class Outcome:
    """`problem` is empty if the message was taken."""

    problem: str
    seconds: float
    answer: Answered | None = None

    @property
    def status(self) -> int | None:
        return self.answer.status if self.answer else None


def post_message(delivery: Delivery) -> None:
    """Posts the message and records the try. Returns if it was taken; raises what the outbox asks of handlers."""
    message = _message_of(delivery)
    headers = _headers_of(message)
    drop_connection()  # the wait needs none, and others may
    outcome = _post(message, headers)
    _record(message, headers, outcome)
    if delivery.is_repeat:
        forget_old_tries(message)
    if not outcome.problem:
        note_success(message.webhook)
        return
    if outcome.status == HTTPStatus.GONE:
        disable_for(message.webhook, WebhookEnd.GONE)
        raise Undeliverable(outcome.problem)
    note_failure(message.webhook)
    raise TryAgain(outcome.problem, _pause_s(outcome.answer))


def _message_of(delivery: Delivery) -> WebhookMessage:
    """Raises Undeliverable if there is nothing to send any more."""
    messages = WebhookMessage.objects.select_related("webhook__owner")
    found = messages.filter(webhook=UUID(delivery.destination), event_id=delivery.event_id).first()
    if found is None:
        raise Undeliverable("the message was deleted")
    if not found.webhook.is_enabled or not found.webhook.owner.is_active:
        raise Undeliverable("the webhook is disabled")
    return found


def _headers_of(message: WebhookMessage) -> dict[str, str]:
    """Raises TryAgain if the secret cannot be read now: a key may be missing from SECRET_KEY_FALLBACKS."""
    try:
        secrets = signing_secrets(message.webhook)
    except Unreadable as error:
        raise TryAgain("the secret cannot be decrypted", 0) from error
    signed = signed_headers(message.event_id, int(time.time()), message.body.encode(), secrets)
    return {"content-type": "application/json", "user-agent": "Creator-Webhooks/1", **signed}


def _post(message: WebhookMessage, headers: Mapping[str, str]) -> Outcome:
    began = time.monotonic()
    try:
        answer = post(
            message.webhook.url, message.body.encode(), headers, seconds=WAIT_S, most_bytes=ANSWER_BYTES
        )
    except (Away, Forbidden) as error:
        return Outcome(str(error), time.monotonic() - began)
    return Outcome(_problem_with(answer.status), answer.seconds, answer)


def _problem_with(status: int) -> str:
    if 200 <= status < 300:
        return ""
    if 300 <= status < 400:
        return f"It answered with status {status}. Redirects are not followed: give the webhook its final address."
    return f"It answered with status {status}."


def _record(message: WebhookMessage, headers: Mapping[str, str], outcome: Outcome) -> None:
    body = outcome.answer.body if outcome.answer else b""
    WebhookTry.objects.create(
        message=message,
        headers=dict(headers),
        status=outcome.status,
        answer=body.decode(errors="replace").replace("\0", "\ufffd"),
        problem=outcome.problem[:300],
        seconds=outcome.seconds,
    )


def _pause_s(answer: Answered | None) -> float:
    """What `Retry-After` asks for, in seconds or as a date (RFC 9110, section 10.2.3); 0 if nothing."""
    asked = answer.headers.get("retry-after", "") if answer and answer.status in ASK_FOR_PATIENCE else ""
    if asked.isascii() and asked.isdecimal():
        seconds = float(asked[:9])
    else:
        seconds = (parse_http_date_safe(asked) or 0) - timezone.now().timestamp()
    return min(max(seconds, 0.0), LONGEST_PAUSE.total_seconds())
