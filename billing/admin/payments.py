"""What Stripe said of customers, as staff look it up. Looks alone write these rows."""

from __future__ import annotations

from django.contrib import admin

from billing.models import Customer, Invoice, StripeEvent, StripeRequest, Subscription
from creator.web.staff import ReadOnlyAdmin


@admin.register(Customer)
class CustomerAdmin(ReadOnlyAdmin):
    list_display = (
        "customer_id",
        "account_id",
        "is_live",
        "looked_at",
        "wanted_at",
        "failures",
        "deleted_at",
    )
    list_filter = ("is_live",)
    search_fields = ("=customer_id", "=account__owner__email")
    ordering = ("-created_at",)


@admin.register(Subscription)
class SubscriptionAdmin(ReadOnlyAdmin):
    list_display = (
        "subscription_id",
        "customer",
        "plan",
        "status",
        "period_ends_at",
        "ends_at",
        "past_due_since",
    )
    list_select_related = ("customer", "plan")
    list_filter = ("status", "plan")
    search_fields = ("=subscription_id", "=customer__customer_id")
    ordering = ("-pk",)


@admin.register(Invoice)
class InvoiceAdmin(ReadOnlyAdmin):
    list_display = (
        "invoice_id",
        "number",
        "customer",
        "status",
        "total_cents",
        "refunded_cents",
        "created_at",
    )
    list_select_related = ("customer",)
    search_fields = ("=invoice_id", "=number", "=customer__customer_id")
    ordering = ("-created_at",)


@admin.register(StripeEvent)
class StripeEventAdmin(ReadOnlyAdmin):
    list_display = ("received_at", "event_id", "type", "customer_id", "heard_by", "is_live")
    list_filter = ("heard_by", "is_live")
    search_fields = ("=event_id", "=customer_id", "=object_id")
    ordering = ("-created_at",)


@admin.register(StripeRequest)
class StripeRequestAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "kind", "account_id", "plan_id", "pack_id", "state", "object_id", "done_at")
    list_filter = ("kind", "state", "is_live")
    search_fields = ("=object_id", "=account__owner__email")
    ordering = ("-created_at",)
