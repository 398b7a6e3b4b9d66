"""The audit as staff read it."""

from __future__ import annotations

from django.contrib import admin

from creator.platform.models import AuditLine
from creator.web.staff import ReadOnlyAdmin


@admin.register(AuditLine)
class AuditLineAdmin(ReadOnlyAdmin):
    list_display = ("at", "action", "subject", "actor")
    list_select_related = ("actor",)
    search_fields = ("=subject", "=action")
    ordering = ("-at",)
