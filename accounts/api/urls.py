"""Addresses of the API of accounts, below `/api/v1/`."""

from django.urls import path

from accounts.api.keys import Keys, OneKey

urlpatterns = [
    path("keys", Keys.as_view(), name="api_keys"),
    path("keys/<uuid:key_id>", OneKey.as_view(), name="api_key"),
]
