"""Webhooks as staff see them. What was sent is their owners' matter; `manage.py deliveries` shows what waits or failed."""

from __future__ import annotations

from django.contrib import admin

from creator.web.staff import ReadOnlyAdmin
from jobs.models import Webhook


@admin.register(Webhook)
class WebhookAdmin(ReadOnlyAdmin):
    list_display = ("id", "owner", "host", "is_enabled", "failing_since", "disabled_for", "created_at")
    list_select_related = ("owner",)
    search_fields = ("=id", "owner__email__startswith")
    ordering = ("-created_at",)
    fields = (
        *("id", "owner", "host", "events", "created_at"),
        *("failing_since", "disabled_at", "disabled_for", "old_secret_until"),
    )
