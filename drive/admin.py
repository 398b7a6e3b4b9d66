"""Watched folders as staff see them. They change nothing, and see neither access nor what a file holds."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from accounts.models import User
from creator.web.staff import ReadOnlyAdmin
from drive.models import Channel, Connection, FoundFile, WatchedFolder, WrittenFile

MOST_DIGITS = 18


class OwnedAdmin(ReadOnlyAdmin):
    """Rows of people, found by an id or by the beginning of their owner's address: both have indexes."""

    owner_path = "owner"
    ids: tuple[str, ...] = ("pk",)
    """Columns of UUIDs: its own, and of rows that it belongs to."""
    has_number = False
    """Whether its own id is a number."""
    belong: tuple[type[Model], ...] = ()
    """What belongs to a row and is found by its id."""
    search_help_text = "An id, or the beginning of the owner's email address"

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """Only shows the field; `get_search_results` searches."""
        return (f"{self.owner_path}__email__startswith",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        if not term:
            return queryset, False
        return queryset.filter(
            self._by_id(term) or Q(**{f"{self.owner_path}__email__startswith": term})
        ), False

    def _by_id(self, term: str) -> Q:
        """Empty for a term that is no id."""
        if self.has_number and term.isascii() and term.isdigit() and len(term) <= MOST_DIGITS:
            return Q(pk=int(term))
        try:
            wanted = UUID(term)
        except ValueError:
            return Q()
        return Q.create([(name, wanted) for name in self.ids], connector=Q.OR)

    @admin.display(description="Owner", ordering=None)
    def owner_of(self, row: Any) -> User:
        found: Any = row
        for name in self.owner_path.split("__"):
            found = getattr(found, name)
        return found  # type: ignore[no-any-return]

    @admin.display(description="What belongs to it")
    def further(self, row: Any) -> SafeString:
        links = [(_list_of(each), row.pk, each._meta.verbose_name_plural) for each in self.belong]
        return format_html_join(", ", '<a href="{}?q={}">{}</a>', links)


@admin.register(Connection)
class ConnectionAdmin(OwnedAdmin):
    belong = (WatchedFolder, Channel)
    list_display = (
        "label",
        "kind",
        "owner",
        "trouble",
        "failures",
        "looked_at",
        "disconnected_at",
        "created_at",
    )
    list_select_related = ("owner",)
    list_filter = ("kind", "trouble")
    ordering = ("-created_at",)
    fields = (
        *(
            "id",
            "owner",
            "kind",
            "label",
            "scopes",
            "created_at",
            "disconnected_at",
            "trouble",
            "troubled_at",
        ),
        *("looked_at", "rang_at", "due_at", "reconcile_at", "failures", "last_error", "further"),
    )
    readonly_fields = ("further",)


@admin.register(Channel)
class ChannelAdmin(OwnedAdmin):
    owner_path = "connection__owner"
    ids = ("pk", "connection")
    list_display = ("id", "connection", "owner_of", "expires_at", "last_number", "created_at")
    list_select_related = ("connection__owner",)
    ordering = ("-created_at",)
    fields = ("id", "connection", "owner_of", "resource_id", "expires_at", "last_number", "created_at")
    readonly_fields = ("owner_of",)


@admin.register(WatchedFolder)
class WatchedFolderAdmin(OwnedAdmin):
    ids = ("pk", "connection")
    belong = (FoundFile, WrittenFile)
    list_display = (
        "input_name",
        "preset_id",
        "owner",
        "connection",
        "pause",
        "is_ended",
        "daily_cap",
        "created_at",
    )
    list_select_related = ("owner", "connection")
    list_filter = ("pause", "is_ended")
    ordering = ("-created_at",)
    fields = (
        *("id", "owner", "connection", "input_name", "input_id", "output_name", "output_id", "preset"),
        *("parameters", "output_format", "writes_sidecar", "daily_cap", "takes_from", "first_looked_at"),
        *("pause", "paused_at", "pause_words", "runs", "is_ended", "created_at", "further"),
    )
    readonly_fields = ("further",)


@admin.register(FoundFile)
class FoundFileAdmin(OwnedAdmin):
    owner_path = "folder__owner"
    ids = ("folder", "picture", "picture__job")
    has_number = True
    list_display = ("name", "folder", "owner_of", "state", "problem", "size", "found_at")
    list_select_related = ("folder__owner", "picture")
    list_filter = ("state",)
    ordering = ("-pk",)
    fields = (
        *("id", "folder", "owner_of", "name", "source_id", "version", "size", "mime", "sha256", "run"),
        *("state", "problem", "found_at", "picture_id", "job_of", "price_of", "delivered"),
    )
    readonly_fields = ("id", "owner_of", "picture_id", "job_of", "price_of", "delivered")

    @admin.display(description="Job")
    def job_of(self, file: FoundFile) -> UUID | None:
        return file.picture.job_id if file.picture else None

    @admin.display(description="Credits held")
    def price_of(self, file: FoundFile) -> int | None:
        return file.picture.price if file.picture else None

    @admin.display(description="Delivered at")
    def delivered(self, file: FoundFile) -> datetime | None:
        return file.picture.delivered_at if file.picture else None


@admin.register(WrittenFile)
class WrittenFileAdmin(OwnedAdmin):
    owner_path = "folder__owner"
    ids = ("folder", "picture")
    has_number = True
    list_display = ("name", "purpose", "folder", "owner_of", "created_at", "written_at")
    list_select_related = ("folder__owner",)
    list_filter = ("purpose",)
    ordering = ("-pk",)
    fields = (
        *("id", "folder", "owner_of", "purpose", "name", "parent_id", "source_id", "sha256", "event"),
        *("picture_id", "file", "words", "created_at", "written_at"),
    )
    readonly_fields = ("id", "owner_of", "picture_id")


def _list_of(model: type[Model]) -> str:
    return reverse(f"admin:drive_{model._meta.model_name}_changelist")
