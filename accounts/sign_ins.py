"""What follows when a sign-in worked or failed, by a page or the token API: audit line, device, mails."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.audit import record
from accounts.device_names import device_name
from accounts.devices import seen_device
from accounts.enums import SecurityEvent
from accounts.models import FailedSignIns, User
from accounts.notifications import kinds, notify

IN_A_ROW = 5
"""So many failures bring a mail."""
TOLD_EVERY = timedelta(days=1)
RECORDED_EVERY = 100
"""After the first failures in a row, only each of so many is recorded: an attacker must not fill the audit."""


def signed_in(user: User, request: HttpRequest, response: HttpResponse | None = None) -> None:
    """The person has proved who they are, with every factor they have. `response`: see `seen_device`."""
    with transaction.atomic():
        FailedSignIns.objects.filter(user=user).update(in_a_row=0, told_at=None)
        seen_device(user, request, response)
        record(
            SecurityEvent.SIGNED_IN,
            user,
            address=request.META["REMOTE_ADDR"],
            device=device_name(request.headers.get("User-Agent", "")),
        )


def sign_in_failed(user: User, request: HttpRequest | None) -> None:
    """A wrong password or code was given for the account. The fifth time in a row, its person is told by mail.

    They are told once, until a sign-in works or a day has passed. The answer to the request stays the same.
    """
    address = request.META["REMOTE_ADDR"] if request else ""
    device = device_name(request.headers.get("User-Agent", "") if request else "")
    with transaction.atomic():
        FailedSignIns.objects.get_or_create(user=user)
        failed = FailedSignIns.objects.select_for_update().get(user=user)
        failed.in_a_row += 1
        if failed.in_a_row <= IN_A_ROW or failed.in_a_row % RECORDED_EVERY == 0:
            record(SecurityEvent.SIGN_IN_FAILED, user, address=address, in_a_row=failed.in_a_row)
        now = timezone.now()
        if failed.in_a_row >= IN_A_ROW and (failed.told_at is None or now - failed.told_at >= TOLD_EVERY):
            failed.told_at = now
            facts = {"count": failed.in_a_row, "device": device, "address": address}
            notify(kinds.SIGN_IN_FAILURES, user, event_id=now.isoformat(), facts=facts)
        failed.save()
