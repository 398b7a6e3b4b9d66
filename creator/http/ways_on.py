"""What an error page says beside a refusal's message: a headline and a way on."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse

from creator.lib.errors import Refused

TITLES = {
    "malformed_request": "We could not read that",
    "not_authenticated": "Sign in first",
    "second_factor_required": "One step more",
    "insufficient_credits": "Not enough credits",
    "payment_due": "A payment is due",
    "spend_cap": "Your cap is reached",
    "email_unverified": "Confirm your email first",
    "not_allowed": "Not allowed",
    "plan_required": "Not in your plan",
    "not_found": "Not found",
    "method_not_allowed": "Method not allowed",
    "too_slow": "That took too long",
    "already_refreshed": "Sent before",
    "idempotency_conflict": "Sent before",
    "preset_unavailable": "This preset cannot run now",
    "too_late": "Too late",
    "webhook_disabled": "This webhook is disabled",
    "wrong_offset": "Sent before",
    "gone": "No longer available",
    "body_too_large": "Too large",
    "image_too_large": "Too large",
    "range_not_satisfiable": "Nothing more to download",
    "wrong_protocol": "We could not read that",
    "unsupported_media_type": "We could not read that",
    "invalid_parameters": "Please correct this",
    "unsupported_image": "This photo cannot be used",
    "queue_full": "The queue is full",
    "quota_exceeded": "Your plan is used up",
    "rate_limited": "Slow down a little",
    "head_too_large": "Too large",
    "checksum_mismatch": "Damaged on the way",
    "internal_error": "Something broke",
    "payments_away": "Payments do not work at the moment",
    "service_unavailable": "Back in a moment",
}
_PAGES = {
    "not_authenticated": ("Sign in", "account_login"),
    "second_factor_required": ("Sign in", "account_login"),
    "email_unverified": ("Sign in", "account_login"),
    "insufficient_credits": ("Choose fewer pictures", "new_job"),
    "payment_due": ("See your plan", "billing"),
    "spend_cap": ("Change the cap", "billing_caps"),
    "preset_unavailable": ("Choose another preset", "presets"),
    "too_late": ("See your jobs", "jobs"),
    "webhook_disabled": ("See your webhooks", "webhooks"),
    "gone": ("See your jobs", "jobs"),
    "image_too_large": ("Choose other photos", "new_job"),
    "unsupported_image": ("Choose other photos", "new_job"),
    "invalid_parameters": ("Back to the form", "new_job"),
    "queue_full": ("See what is in progress", "home"),
    "quota_exceeded": ("See your jobs", "jobs"),
    "payments_away": ("Back to your plan", "billing"),
}
_SAME_ADDRESS = {
    "too_slow": "Try again",
    "body_too_large": "Back to the form",
    "rate_limited": "Try again",
    "internal_error": "Try again",
    "service_unavailable": "Try again",
}


@dataclass(frozen=True)
class WayOn:
    """A link: what the person can do next, and where."""

    label: str
    address: str


START = WayOn("Go to the start page", "/")


def again_of(request: HttpRequest) -> str:
    """The address that shows a sent form as it was, if its page can (`creator.web.pages.page`); else empty."""
    match = request.resolver_match
    again = getattr(match.func, "again", None) if match else None
    address: str = again(request, **match.kwargs) if match and again else ""
    return address


def way_on(refused: Refused, *, again: str = "") -> WayOn:
    """The next step after the refusal. `again` is the refused address, if opening it again may help.

    A refusal that a larger plan or more credits would lift names the address of the prices as the fact `pricing`.
    """
    if pricing := refused.facts.get("pricing"):
        return WayOn("See the plans", pricing)
    if again and refused.code in _SAME_ADDRESS:
        return WayOn(_SAME_ADDRESS[refused.code], again)
    if refused.code in _PAGES:
        label, page = _PAGES[refused.code]
        return WayOn(label, reverse(page))
    return START
