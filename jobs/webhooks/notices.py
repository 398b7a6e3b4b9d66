from __future__ import annotations

from uuid import UUID

from django.urls import reverse

from accounts.notifications import Group, Kind, Letter, register_kind
from jobs.enums import WebhookEnd

WEBHOOKS = Group("Webhooks", "You get this mail because you have webhooks, and one of them needs you.")


def _page(letter: Letter) -> str:
    return letter.url(reverse("webhook", args=[letter.facts["webhook_id"]]))


WEBHOOK_DISABLED = register_kind(
    Kind(
        name="webhook_disabled",
        title="A webhook was disabled",
        subject="Your webhook to {{ host }} was disabled",
        group=WEBHOOKS,
        button="See the webhook",
        link=_page,
        sample={"webhook_id": UUID(int=1), "host": "example.org", "why": WebhookEnd.FAILING.value},
    )
)
