"""Plans and packs, which staff edit."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.forms import ModelForm
from django.http import HttpRequest

from billing.admin.offer_forms import PackForm, PlanForm
from billing.models import CreditPack, Plan
from billing.models.plan import FREE
from billing.plans import tell_of_edit
from creator.platform.admin import RecordedAdmin

NO_LONGER = "To offer it no more, take the tick from “is offered”: those who have it keep it."


@admin.register(Plan)
class PlanAdmin(RecordedAdmin):
    """An edit counts at once for all who have the plan (`tell_of_edit`)."""

    form = PlanForm
    instead_of_deleting = NO_LONGER
    list_display = ("title", "slug", "price_cents", "currency", "credits", "jobs_per_period", "is_offered")
    ordering = ("position", "slug")
    fieldsets = (
        (None, {"fields": ("slug", "title", "position", "is_offered")}),
        ("Price", {"fields": ("price_cents", "currency", "price_id", "trial_days", "trial_credits")}),
        ("In a period", {"fields": ("credits", "jobs_per_period")}),
        ("Queue", {"fields": ("parallel_jobs", "queued_jobs", "priority_bonus_s", "share")}),
        (
            "Photos and files",
            {
                "fields": (
                    "upload_mib",
                    "megapixels",
                    "batch_files",
                    "unused_photos",
                    "unused_mib",
                    "retention_days",
                )
            },
        ),
        (
            "In any minute or hour",
            {
                "fields": (
                    "submits_per_hour",
                    "uploads_per_hour",
                    "cancels_per_hour",
                    "requests_per_minute",
                    "requests_per_hour",
                )
            },
        ),
        ("Features", {"fields": ("features",)}),
    )

    def save_model(self, request: HttpRequest, obj: Model, form: ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if change and form.changed_data:
            tell_of_edit(obj.pk)

    def has_delete_permission(self, request: HttpRequest, obj: Plan | None = None) -> bool:
        """Never the free plan: accounts are opened with it."""
        allowed: bool = super().has_delete_permission(request, obj)
        return allowed and (obj is None or obj.pk != FREE)


@admin.register(CreditPack)
class CreditPackAdmin(RecordedAdmin):
    form = PackForm
    instead_of_deleting = NO_LONGER
    list_display = ("title", "slug", "credits", "price_cents", "currency", "lasts_days", "is_offered")
    ordering = ("position", "slug")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return (
            "slug",
            "title",
            "credits",
            "lasts_days",
            "price_cents",
            "currency",
            "price_id",
            "position",
            "is_offered",
        )
