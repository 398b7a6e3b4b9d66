from __future__ import annotations

from typing import Any

from django import forms

from creator.lib.errors import Refused
from jobs.enums import EventType
from jobs.models import Webhook
from jobs.webhooks import CHOICES, DESCRIPTION_LENGTH

USUAL = (EventType.JOB_COMPLETED, EventType.JOB_FAILED, EventType.BATCH_COMPLETED)


class WebhookForm(forms.Form):
    """What the form of a webhook asks. `jobs.webhooks` checks the rest."""

    url = forms.CharField(
        label="Address",
        max_length=2048,
        help_text="Where events are posted to, such as https://example.org/creator.",
        widget=forms.URLInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    description = forms.CharField(
        required=False,
        max_length=DESCRIPTION_LENGTH,
        help_text="What receives them, if the address does not say it.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    events = forms.MultipleChoiceField(
        choices=[(each.value, each) for each in CHOICES],
        initial=[each.value for each in USUAL],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one event."},
    )

    @classmethod
    def of(cls, webhook: Webhook) -> WebhookForm:
        """An unsent form with the webhook's values."""
        return cls(initial={name: getattr(webhook, name) for name in cls.base_fields})

    def take(self, refused: Refused) -> None:
        """Shows why `jobs.webhooks` refused, beside the fields that it names."""
        if not refused.problems:
            self.add_error(None, refused.message)
        for field, problem in refused.problems.items():
            self.add_error(field, problem)

    @property
    def asked(self) -> dict[str, Any]:
        """The values of a valid form."""
        return dict(self.cleaned_data)
