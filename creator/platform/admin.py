"""The audit as staff read it, and rows that staff edit, each change with an audit line."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Model
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from creator.platform.audit import write_audit_line
from creator.platform.models import AuditLine
from creator.web.staff import BoundedPaginator, ReadOnlyAdmin


@admin.register(AuditLine)
class AuditLineAdmin(ReadOnlyAdmin):
    list_display = ("at", "action", "subject", "actor")
    list_select_related = ("actor",)
    search_fields = ("=subject", "=action")
    ordering = ("-at",)


class RecordedAdmin(admin.ModelAdmin):
    """Rows that staff add, edit and delete. Each change leaves an audit line with the old and the new values.

    The primary key is chosen once: other rows name it. A row that others refer to is not deleted.
    """

    paginator = BoundedPaginator
    actions = None  # no deletion of several rows at once
    instead_of_deleting = ""
    """What staff should do instead of deleting a row that is in use."""

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        names = list(super().get_readonly_fields(request, obj))
        return [*names, obj._meta.pk.name] if obj else names

    def save_model(self, request: HttpRequest, obj: Model, form: ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        values = form.cleaned_data
        if not change:
            self._record(request, obj, "added", {name: values[name] for name in values})
        elif form.changed_data:
            old_and_new = {name: [form.initial.get(name), values[name]] for name in form.changed_data}
            self._record(request, obj, "edited", old_and_new)

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        self._record(request, obj, "deleted", {})
        super().delete_model(request, obj)

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Django's page, but for a row in use: that would list every row that refers to it."""
        row = self.get_object(request, object_id)
        if row and self.has_delete_permission(request, row) and (users := rows_that_use(row)):
            sentence = f"“{row}” is used by {users} and cannot be deleted. {self.instead_of_deleting}"
            self.message_user(request, sentence.strip(), messages.ERROR)
            return redirect(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", object_id)
        answer: HttpResponse = super().delete_view(request, object_id, extra_context)
        return answer

    def _record(self, request: HttpRequest, row: Model, done: str, details: dict[str, Any]) -> None:
        name = self.opts.model_name
        write_audit_line(f"{name}_{done}", f"{name}:{row.pk}", details, actor_id=request.user.pk)


def rows_that_use(row: Model) -> str:
    """Which rows refer to this one, such as "2 credit accounts and 1 subscription"; empty if none does."""
    found = []
    for relation in row._meta.related_objects:
        if number := relation.related_model._default_manager.filter(**{relation.field.name: row}).count():
            names = relation.related_model._meta
            noun = names.verbose_name if number == 1 else names.verbose_name_plural
            found.append(f"{number:,} {noun}")
    return " and ".join([", ".join(found[:-1]), found[-1]] if len(found) > 1 else found)
