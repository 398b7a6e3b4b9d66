"""Accounts as staff see them."""

from __future__ import annotations

from django.contrib import admin

from accounts.models import User
from creator.web.staff import ReadOnlyAdmin


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    list_display = ("email", "is_active", "is_staff", "date_joined")
    list_filter = ("is_active", "is_staff")
    search_fields = ("email__startswith",)
    ordering = ("email",)
    fields = ("id", "email", "is_active", "is_staff", "is_superuser", "date_joined", "last_login")
