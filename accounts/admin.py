"""Accounts as staff see them."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django.contrib import admin

from accounts.models import User
from creator.web.staff import ReadOnlyAdmin

# allauth's own forms would change how a person signs in, without a check, a mail or an audit line.
for _model in (EmailAddress, Authenticator, SocialAccount, SocialApp, SocialToken, UserSession):
    admin.site.unregister(_model)


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    list_display = ("email", "is_active", "is_staff", "date_joined")
    list_filter = ("is_active", "is_staff")
    search_fields = ("email__startswith",)
    ordering = ("email",)
    fields = ("id", "email", "is_active", "is_staff", "is_superuser", "date_joined", "last_login")
