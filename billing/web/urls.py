"""Addresses of the pages of billing."""

from django.urls import path

from billing.web import billing, caps, changes, checkout, pricing, returning, usage

urlpatterns = [
    path("pricing/", pricing.pricing, name="pricing"),
    path("billing/", billing.billing, name="billing"),
    path("billing/subscribe/<slug:plan>/", checkout.subscribe, name="billing_subscribe"),
    path("billing/top-up/<slug:pack>/", checkout.top_up, name="billing_top_up"),
    path("billing/portal/", checkout.portal, name="billing_portal"),
    path("billing/change/<slug:plan>/", changes.change, name="billing_change"),
    path("billing/cancel/", changes.cancel, name="billing_cancel"),
    path("billing/resume/", changes.resume, name="billing_resume"),
    path("billing/return/", returning.returned, name="billing_return"),
    path("billing/usage/", usage.usage, name="billing_usage"),
    path("billing/usage.csv", usage.usage_csv, name="billing_usage_csv"),
    path("billing/caps/", caps.caps, name="billing_caps"),
]
