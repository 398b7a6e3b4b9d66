"""Addresses of the pages of billing."""

from django.urls import path

from billing.web import billing, pricing, returning

urlpatterns = [
    path("pricing/", pricing.pricing, name="pricing"),
    path("billing/", billing.billing, name="billing"),
    path("billing/return/", returning.returned, name="billing_return"),
]
