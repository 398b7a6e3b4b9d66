from __future__ import annotations

from rest_framework import serializers

from accounts.api_keys import NAME_LENGTH
from accounts.enums import KeyOrigin, Scope
from creator.api.fields import AnswerFields, Fields


class KeyBody(Fields):
    """The body of `POST /keys`. Without `expires_at` the key works until it is revoked."""

    name = serializers.CharField(max_length=NAME_LENGTH)
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=Scope.choices), allow_empty=False)
    expires_at = serializers.DateTimeField(required=False, allow_null=True, default=None)


class KeyAnswer(AnswerFields):
    """An API key without its secret. `works`: neither revoked nor expired."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    prefix = serializers.CharField()
    scopes = serializers.ListField(child=serializers.ChoiceField(choices=Scope.choices))
    made_by = serializers.ChoiceField(choices=KeyOrigin.choices)
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField(allow_null=True)
    last_used_at = serializers.DateTimeField(allow_null=True)
    last_used_from = serializers.CharField()
    revoked_at = serializers.DateTimeField(allow_null=True)
    works = serializers.BooleanField()


class KeyListAnswer(AnswerFields):
    """All working keys, then the last ones that ended, each group newest first."""

    keys = KeyAnswer(many=True)


class MadeKeyAnswer(AnswerFields):
    """201: a key that was made. `secret` is null in a repeated answer: it is sent once and stored nowhere."""

    secret = serializers.CharField(allow_null=True)
    key = KeyAnswer()
