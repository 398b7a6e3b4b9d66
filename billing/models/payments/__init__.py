"""What Stripe said, as rows of ours. Stripe is asked again before a row is believed: see `billing.payments`."""

from billing.models.payments.customer import Customer
from billing.models.payments.invoice import Invoice
from billing.models.payments.stripe_event import StripeEvent
from billing.models.payments.stripe_request import StripeRequest
from billing.models.payments.subscription import Subscription

__all__ = ["Customer", "Invoice", "StripeEvent", "StripeRequest", "Subscription"]
