"""Addresses of the API of billing, below `/api/v1/`."""

from django.urls import path

from billing.api.billing import Billing
from billing.api.me import Me
from billing.api.plans import Plans
from billing.api.usage import UsageView

urlpatterns = [
    path("auth/me", Me.as_view(), name="api_me"),
    path("plans", Plans.as_view(), name="api_plans"),
    path("billing", Billing.as_view(), name="api_billing"),
    path("usage", UsageView.as_view(), name="api_usage"),
]
