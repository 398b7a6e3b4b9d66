"""What staff may write into plans and packs, with a sentence for each mistake."""

from __future__ import annotations

import re
from typing import Any

from django import forms

from billing.enums import Feature
from billing.models.plan import FREE

CURRENCY, PRICE_ID = re.compile(r"[a-z]{3}"), re.compile(r"price_\w+", re.ASCII)
AT_LEAST_ONE = (
    "jobs_per_period",
    "parallel_jobs",
    "queued_jobs",
    "upload_mib",
    "megapixels",
    "batch_files",
    "requests_per_minute",
    "requests_per_hour",
    "retention_days",
    "lasts_days",
)
MOST_SHARE = 1000


class OfferForm(forms.ModelForm):
    """What plans and packs have in common: a price in a currency, with its id at Stripe."""

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        if not CURRENCY.fullmatch(values.get("currency", "eur")):
            self.add_error("currency", "Write three small letters, such as eur.")
        price_id = values.get("price_id", "")
        if price_id and not PRICE_ID.fullmatch(price_id):
            self.add_error("price_id", "The id of a price at Stripe begins with price_.")
        if price_id and values.get("price_cents") == 0:
            self.add_error("price_cents", "What has a price at Stripe costs more than 0.")
        for name in AT_LEAST_ONE:
            if values.get(name) == 0:
                self.add_error(name, "Write 1 or more.")
        return values


class PlanForm(OfferForm):
    features = forms.MultipleChoiceField(
        choices=Feature.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="What the plan includes; people of other plans are told which plan does.",
    )

    class Meta:
        help_texts = {
            "slug": "Names the plan in addresses and for programs. It is chosen once.",
            "title": "What people read, such as “Creator”.",
            "jobs_per_period": "Jobs started in a period; more are refused.",
            "requests_per_minute": "To the API in any minute, over all keys of a person; more are refused.",
            "requests_per_hour": "To the API in any hour.",
        }

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        slug = values.get("slug") or self.instance.pk
        if slug == FREE and values.get("price_cents"):
            self.add_error("price_cents", "New accounts have the free plan, so it costs nothing.")
        if bool(values.get("trial_days")) != bool(values.get("trial_credits")):
            self.add_error("trial_credits", "A trial has days and credits; without a trial both are 0.")
        if values.get("trial_days") and values.get("price_cents") == 0:
            self.add_error("trial_days", "A plan that costs nothing has no trial.")
        if not 0 < values.get("share", 1) <= MOST_SHARE:
            self.add_error("share", f"Write more than 0, and at most {MOST_SHARE:,}.")
        if values.get("requests_per_hour", 1) < values.get("requests_per_minute", 1):
            self.add_error("requests_per_hour", "Allow at least as many in an hour as in a minute.")
        return values


class PackForm(OfferForm):
    class Meta:
        help_texts = {"slug": "Names the pack in addresses and for programs. It is chosen once."}

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if values.get("price_cents") == 0 and "price_cents" not in self.errors:
            self.add_error("price_cents", "A pack costs more than 0.")
        if values.get("credits") == 0:
            self.add_error("credits", "Write 1 or more.")
        return values
