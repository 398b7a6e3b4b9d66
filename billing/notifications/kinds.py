"""The kinds of notifications about plans and credits."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.urls import reverse

from accounts.notifications import Group, Kind, Letter, register_kind
from billing.models import Invoice
from billing.selling import is_selling

CREDITS = Group("Credits", "You get this mail because what your plan gives for this period is running out.")
PLAN = Group("Plan", "You get this mail because it concerns what you pay for your plan.")
STAFF = Group("Staff", "You get this mail because you are a member of the staff of this site.")

SOON = datetime(2026, 12, 28, 9, 30, tzinfo=UTC)


def _invoice_page(letter: Letter) -> str:
    """Stripe's page of the invoice, where it can be paid. An invoice that is paid has no such page: no mail is sent then."""
    return Invoice.objects.get(invoice_id=letter.facts["invoice_id"], status="open").hosted_url


def _billing_page(letter: Letter) -> str:
    return letter.url(reverse("billing"))


def _payment(name: str, title: str, subject: str, **more: Any) -> Kind:
    more.setdefault("link", _billing_page)
    return register_kind(Kind(name=name, title=title, subject=subject, group=PLAN, **more))


_OVERDUE = {"invoice_id": "in_1", "amount": "€19", "plan": "Creator", "blocked_at": SOON}
_WENT_BACK = {"amount": "€19", "credits": 1_000, "debt": 120}
PAYMENT_FAILED = _payment(
    "payment_failed",
    "A payment did not work",
    "Your payment of {{ amount }} did not work",
    button="Pay now",
    link=_invoice_page,
    sample=_OVERDUE,
)
PAYMENT_ACTION = _payment(
    "payment_action",
    "Your bank asks you to confirm a payment",
    "Confirm your payment of {{ amount }} with your bank",
    button="Confirm the payment",
    link=_invoice_page,
    sample=_OVERDUE,
)
SUBSCRIPTION_STARTED = _payment(
    "subscription_started",
    "Your plan has started",
    "Your {{ plan }} plan has started",
    button="See your plan",
    sample={
        "plan": "Creator",
        "price": "€19",
        "credits": 1_000,
        "jobs": 1_000,
        "renews_at": SOON,
        "trial_credits": 100,
        "is_trial": True,
    },
)
SUBSCRIPTION_ENDED = _payment(
    "subscription_ended",
    "Your plan has ended",
    "Your {{ plan }} plan has ended",
    button="See your plan",
    sample={"plan": "Creator", "now": "Free", "is_unpaid": True},
)
PAYMENT_REFUNDED = _payment(
    "payment_refunded",
    "A payment was refunded",
    "We have refunded {{ amount }}",
    button="See your credits",
    sample=_WENT_BACK,
)
PAYMENT_DISPUTED = _payment(
    "payment_disputed",
    "A payment is disputed",
    "Your bank has asked us for {{ amount }} back",
    button="See your credits",
    sample=_WENT_BACK,
)
DISPUTE_OPENED = register_kind(
    Kind(
        name="dispute_opened",
        title="A payment to this site is disputed",
        subject="A payment of {{ amount }} is disputed",
        group=STAFF,
        sample={"amount": "€19", "account": 7, "dispute": "dp_1", "until": "5 December 2026"},
    )
)


def _way_to_more(letter: Letter) -> str:
    """The prices, or where nothing is sold what the plan gives and when."""
    return letter.url(reverse("pricing")) if is_selling() else _billing_page(letter)


def _quota(name: str, title: str, subject: str, **sample: Any) -> Kind:
    facts = {
        "plan": "Free",
        "left": 10,
        "credits_left": 10,
        "jobs_left": 10,
        "jobs_most": 50,
        "period_ends_at": SOON,
        "next_credits": 50,
        "sells": True,
    }
    return register_kind(
        Kind(
            name=name,
            title=title,
            subject=subject,
            group=CREDITS,
            button="See plans and credits",
            link=_way_to_more,
            optional=True,
            sample=facts | sample,
        )
    )


QUOTA_80 = _quota(
    "quota_80",
    "80 % of a period’s credits or pictures are used",
    "You have used 80 % of what your {{ plan }} plan gives",
)
QUOTA_5 = _quota(
    "quota_5",
    "Five pictures are left in a period",
    "You can start {{ left|count:'more picture' }} in this period",
    left=5,
    credits_left=11,
    jobs_left=31,
)
QUOTA_0 = _quota(
    "quota_0",
    "A period’s credits or pictures are used up",
    "{% if not jobs_left %}The pictures of your {{ plan }} plan are used up"
    "{% elif credits_left %}You have too few credits for another picture"
    "{% else %}Your credits are used up{% endif %}",
    left=0,
    credits_left=1,
    jobs_left=26,
)
TRIAL_ENDING = _payment(
    "trial_ending",
    "Your trial is about to end",
    "Your trial of the {{ plan }} plan ends on {{ trial_ends_at|moment_text:'day' }}",
    button="See your plan",
    sample={"plan": "Creator", "price": "€19", "trial_ends_at": SOON, "is_cancelled": False},
)
