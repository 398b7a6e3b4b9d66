"""The address that Stripe posts its events to."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from billing.payments.events import parse_event
from billing.payments.inbox import take_in
from billing.payments.signatures import check_signature
from creator.http.bodies.terms import too_long
from creator.http.refusals import json_refusal, wrong_method
from creator.lib.errors import Refused

MOST_BYTES = 256 * 1024
"""Stripe's events have a few KiB; signatures of longer messages are not even computed."""
OFF = "This site takes no messages from Stripe: it has no secret to check them with."


@csrf_exempt  # signed by Stripe instead; it reads no cookie
def webhook(request: HttpRequest) -> HttpResponse:
    """200 as soon as the event is stored; its work is done afterwards. 400 for what Stripe did not sign just now."""
    try:
        _take_in(request)
    except Refused as refused:
        return json_refusal(request, refused)  # a page would look up who is signed in
    return JsonResponse({"received": True})


def _take_in(request: HttpRequest) -> None:
    """Raises Refused. Before the signature is checked, no row is read."""
    if request.method != "POST":
        raise wrong_method(["POST"])
    if not (secrets := settings.CONFIG.stripe_webhook_secrets):
        raise Refused("not_found", OFF)
    if int(request.META.get("CONTENT_LENGTH") or 0) > MOST_BYTES:
        raise too_long(MOST_BYTES)
    body = request.body
    check_signature(body, request.headers.get("Stripe-Signature", ""), secrets)
    take_in(parse_event(body))
