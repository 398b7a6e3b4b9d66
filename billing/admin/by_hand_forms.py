from __future__ import annotations

import uuid

from django import forms

from billing.by_hand import MOST, REASON_LENGTH
from billing.models import Plan


class AdjustForm(forms.Form):
    """`key` names the adjustment, so that a form that is sent twice adjusts once."""

    amount = forms.IntegerField(
        label="Credits", min_value=-MOST, max_value=MOST, help_text="To add; with a minus, to take away."
    )
    reason = forms.CharField(
        max_length=REASON_LENGTH,
        help_text="Stays in the ledger for ever, also after the account was deleted: write no names or addresses.",
        widget=forms.TextInput(attrs={"size": 70}),
    )
    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    def clean_amount(self) -> int:
        amount: int = self.cleaned_data["amount"]
        if not amount:
            raise forms.ValidationError("Write a number other than 0.")
        return amount


class PlanChoiceForm(forms.Form):
    plan = forms.ModelChoiceField(
        Plan.objects.order_by("position", "slug"),
        empty_label=None,
        help_text="Counts at once, also for jobs that wait. The person's credits stay as they are.",
    )
