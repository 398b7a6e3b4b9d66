"""The calls of the API, one kind of object a file. Importing this package registers them."""

from billing.stripe_fake.api import (
    checkout_sessions,
    customers,
    disputes,
    events,
    invoices,
    portal_sessions,
    prices,
    products,
    reading,
    refunds,
    subscription_schedules,
    subscriptions,
)

__all__ = [
    "checkout_sessions",
    "customers",
    "disputes",
    "events",
    "invoices",
    "portal_sessions",
    "prices",
    "products",
    "reading",
    "refunds",
    "subscription_schedules",
    "subscriptions",
]
