"""Addresses of the pages of billing."""

from django.urls import path

from billing.web import billing, caps, pricing, returning, usage

urlpatterns = [
    path("pricing/", pricing.pricing, name="pricing"),
    path("billing/", billing.billing, name="billing"),
    path("billing/return/", returning.returned, name="billing_return"),
    path("billing/usage/", usage.usage, name="billing_usage"),
    path("billing/usage.csv", usage.usage_csv, name="billing_usage_csv"),
    path("billing/caps/", caps.caps, name="billing_caps"),
]
