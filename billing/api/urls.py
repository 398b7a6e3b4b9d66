"""Addresses of the API of billing, below `/api/v1/`."""

from django.urls import path

from billing.api.me import Me

urlpatterns = [path("auth/me", Me.as_view(), name="api_me")]
