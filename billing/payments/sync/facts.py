"""What Stripe says of one customer at one moment, in our words (pure). Times are in UTC, amounts in cents."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from billing.enums import LIVE, SubscriptionStatus


@dataclass(frozen=True)
class Subscription:
    """`plan`: the slug that was written into it when it was sold. `next_price_id`: from the next period on, if another.

    `ends_at`: when it was cancelled, its end. `ends_unpaid`: it ended because it was not paid.
    """

    id: str
    status: SubscriptionStatus
    price_id: str
    plan: str
    next_price_id: str
    period_starts_at: datetime
    period_ends_at: datetime
    trial_ends_at: datetime | None
    ends_at: datetime | None
    ends_unpaid: bool
    created_at: datetime

    @property
    def is_live(self) -> bool:
        return self.status in LIVE


@dataclass(frozen=True)
class Line:
    """One line of an invoice: a price for a period. Credit for time that was not used is negative."""

    price_id: str
    starts_at: datetime
    ends_at: datetime
    cents: int
    is_proration: bool


@dataclass(frozen=True)
class Invoice:
    """`payment_ids`: the payment intents that pay it. `needs_step`: the bank asks its person to confirm.

    `lines` are those of its subscription.
    """

    id: str
    number: str
    status: str
    total_cents: int
    currency: str
    created_at: datetime
    due_at: datetime
    hosted_url: str
    subscription_id: str
    attempts: int
    lines: tuple[Line, ...]
    payment_ids: tuple[str, ...]
    needs_step: bool

    @property
    def is_unpaid(self) -> bool:
        """Whether a payment of it was tried and none has succeeded."""
        return self.status in ("open", "uncollectible") and self.attempts > 0


@dataclass(frozen=True)
class Return:
    """Money that went back, by a refund or a dispute. `counts`: it is gone; `is_undone`: it came back after all."""

    kind: str
    id: str
    cents: int
    created_at: datetime
    counts: bool
    is_undone: bool
    due_at: datetime | None = None


@dataclass(frozen=True)
class Charge:
    """A payment that succeeded, and what went back of it."""

    id: str
    payment_id: str
    cents: int
    refunded_cents: int
    currency: str
    returns: tuple[Return, ...]


@dataclass(frozen=True)
class Session:
    """A checkout. `pack`, `credits` and `lasts_days` are what was sold by it; of a subscription, `pack` is empty."""

    id: str
    request_id: str
    payment_id: str
    is_complete: bool
    is_paid: bool
    is_expired: bool
    pack: str
    credits: int
    lasts_days: int


@dataclass(frozen=True)
class Facts:
    """`is_deleted`: Stripe knows the customer no longer. `email` is the one that Stripe writes to."""

    customer_id: str
    is_deleted: bool
    email: str
    subscriptions: tuple[Subscription, ...]
    invoices: tuple[Invoice, ...]
    charges: tuple[Charge, ...]
    sessions: tuple[Session, ...]

    @property
    def current(self) -> Subscription | None:
        """The subscription that gives the plan: the oldest live one, if there are several."""
        live = [each for each in self.subscriptions if each.is_live]
        return min(live, key=lambda each: (each.created_at, each.id), default=None)

    def subscription(self, subscription_id: str) -> Subscription | None:
        return next((each for each in self.subscriptions if each.id == subscription_id), None)

    def unpaid_since(self, subscription: Subscription) -> datetime | None:
        """When the oldest open invoice that could not be paid was due. One given up as uncollectible counts no more."""
        unpaid = (
            each
            for each in self.invoices
            if each.subscription_id == subscription.id and each.is_unpaid and each.status == "open"
        )
        return min((each.due_at for each in unpaid), default=None)


def unique(ids: Iterable[str]) -> tuple[str, ...]:
    """Without empty ones and repeats, in the order in which they came."""
    return tuple(dict.fromkeys(each for each in ids if each))
