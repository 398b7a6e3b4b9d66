"""Addresses of the API of billing, below `/api/v1/`."""

from django.urls import path

from billing.api.me import Me
from billing.api.usage import UsageView

urlpatterns = [
    path("auth/me", Me.as_view(), name="api_me"),
    path("usage", UsageView.as_view(), name="api_usage"),
]
