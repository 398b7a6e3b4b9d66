"""Enumerations of the ledger, of plans and of payments."""

from django.db.models import IntegerChoices, TextChoices


class EntryKind(TextChoices):
    """The kind of a ledger entry. `LedgerEntry` documents which balances each kind changes."""

    GRANT = "grant"
    HOLD = "hold"
    SETTLE = "settle"
    RELEASE = "release"
    ADJUST = "adjust"
    EXPIRE = "expire"
    TAKE_BACK = "take_back"
    DEBT = "debt"
    REPAY = "repay"


class HoldState(TextChoices):
    OPEN = "open"
    SETTLED = "settled"
    RELEASED = "released"


CLOSING = (EntryKind.SETTLE, EntryKind.RELEASE)
"""A hold has at most one entry of these kinds."""

OF_A_HOLD = (EntryKind.HOLD, *CLOSING)
"""Entries of these kinds name their hold."""

FROM_A_SOURCE = (EntryKind.GRANT, EntryKind.ADJUST, EntryKind.TAKE_BACK)
"""Entries of these kinds are decided outside the ledger, once per source. So is the debt that a take-back leaves."""


class LineKind(TextChoices):
    """What happens to the credits of a job: a price is named, held, then charged or returned."""

    QUOTED = "quoted"
    HELD = "held"
    CHARGED = "charged"
    RETURNED = "returned"


class QuotaLevel(IntegerChoices):
    """How far a period is used up. A person is told of each level but the first, once a period."""

    PLENTY = 0
    MOSTLY_USED = 1
    FEW_LEFT = 2
    NONE_LEFT = 3


class Feature(TextChoices):
    """Optional features of a plan. The label stands in sentences."""

    DRIVE = "drive", "Google Drive"
    API_KEYS = "api_keys", "API keys"
    WEBHOOKS = "webhooks", "webhooks"


class SubscriptionStatus(TextChoices):
    """Ours. `billing.payments` has the table that maps Stripe's eight to these five."""

    PENDING = "pending", "waiting for the first payment"
    TRIAL = "trial", "trial"
    ACTIVE = "active", "active"
    PAST_DUE = "past_due", "payment overdue"
    ENDED = "ended", "ended"


LIVE = (SubscriptionStatus.TRIAL, SubscriptionStatus.ACTIVE, SubscriptionStatus.PAST_DUE)
"""A subscription in one of these gives its plan."""
RUNNING = (SubscriptionStatus.TRIAL, SubscriptionStatus.ACTIVE)
"""Of these, those of which no payment is overdue."""


class HeardBy(TextChoices):
    """How we came to know an event of Stripe."""

    WEBHOOK = "webhook"
    CATCH_UP = "catch_up", "catch-up"


class RequestKind(TextChoices):
    """What we ask of Stripe for an account."""

    CUSTOMER = "customer"
    SUBSCRIBE = "subscribe"
    TOP_UP = "top_up", "top-up"
    CHANGE_PLAN = "change_plan", "change of plan"
    CANCEL = "cancel"
    RESUME = "resume"
    PORTAL = "portal"


class RequestState(TextChoices):
    """`asked`: no answer yet. `sent`: Stripe has made the object. `done`: what it stands for has happened."""

    ASKED = "asked"
    SENT = "sent"
    DONE = "done"
    FAILED = "failed"


UNFINISHED = (RequestState.ASKED, RequestState.SENT)
"""A repeated click goes on with a request in these states."""
