from __future__ import annotations

from rest_framework import serializers

from accounts import preferences
from accounts.models import User
from creator.api.fields import AnswerFields, Fields

PROFILE = ("name", "time_zone", "language", "theme", "keep_copyright")
"""What people say about themselves, on the profile page and by the API."""


class AccountBody(Fields, serializers.ModelSerializer[User]):
    """`PATCH /account`: the fields to change. The model says what each may be."""

    class Meta:
        model = User
        fields = PROFILE

    def validate_name(self, name: str) -> str:
        return preferences.normal_name(name)

    def validate_language(self, tag: str) -> str:
        return preferences.normal_language(tag) or "en"


class AccountAnswer(AnswerFields):
    """The caller's account. Empty `time_zone` and `theme`: as in the browser."""

    id = serializers.UUIDField()
    email = serializers.EmailField(source="shown_email")
    created_at = serializers.DateTimeField(source="date_joined")
    name = serializers.CharField(allow_blank=True)
    time_zone = serializers.CharField(allow_blank=True)
    language = serializers.CharField()
    theme = serializers.ChoiceField(choices=list(preferences.THEMES), allow_blank=True)
    keep_copyright = serializers.BooleanField()
