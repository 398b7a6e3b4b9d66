"""The devices that a person signs in from. A new one brings a mail, and a known one has tries of its own.

A browser keeps a secret in a signed cookie, the row its digest. A program that keeps no cookies is known by what it
calls itself and the network it comes from.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse

from accounts.device_names import device_name
from accounts.emails import InvalidAddress, normal
from accounts.models import KnownDevice, User
from accounts.notifications import kinds, notify
from creator.lib.clock import database_now
from creator.lib.networks import network_of

KEPT = timedelta(days=400)
"""The longest that browsers keep a cookie (RFC 6265bis, 5.5)."""
MOST = 50
SALT = "device"


def seen_device(user: User, request: HttpRequest, response: HttpResponse | None = None) -> None:
    """Notes that the person signed in from the device of the request, in one transaction.

    A device that they never signed in from brings them a mail, unless it is their first. `response` is the answer to
    a browser, and gets the cookie; None: a program signed in, which keeps none.
    """
    secret = _program(request) if response is None else _secret_in(request) or secrets.token_urlsafe(32)
    label, address = device_name(request.headers.get("User-Agent", "")), request.META["REMOTE_ADDR"]
    with transaction.atomic():
        is_first = not user.devices.exists()
        device, is_new = user.devices.update_or_create(
            digest=_digest(secret),
            defaults={"label": label, "address": address, "last_seen_at": database_now()},
        )
        if is_new and not is_first:
            facts = {"device": label, "address": address}
            notify(kinds.NEW_SIGN_IN, user, event_id=str(device.pk), facts=facts)
            _forget_oldest(user)
    if response is not None:
        _keep(secret, response)


def known_device(request: HttpRequest, who: str) -> str:
    """The digest of the request's device if `who`, an e-mail address or a person's id, signed in from it; else empty.

    Makes no query for a request without the cookie.
    """
    if not (who and (secret := _secret_in(request))):
        return ""
    digest = _digest(secret)
    return digest if KnownDevice.objects.filter(_of(who), digest=digest).exists() else ""


def _keep(secret: str, response: HttpResponse) -> None:
    response.set_signed_cookie(
        _cookie(),
        secret,
        salt=SALT,
        max_age=KEPT,
        secure=settings.CONFIG.https,
        httponly=True,
        samesite="Lax",
    )


def _secret_in(request: HttpRequest) -> str:
    return request.get_signed_cookie(_cookie(), default="", salt=SALT, max_age=KEPT) or ""


def _cookie() -> str:
    return "__Host-device" if settings.CONFIG.https else "device"


def _program(request: HttpRequest) -> str:
    return f"{request.headers.get('User-Agent', '')} {network_of(request.META['REMOTE_ADDR'])}"


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _of(who: str) -> Q:
    try:
        return Q(user_id=UUID(who))
    except ValueError:
        pass
    try:
        return Q(user__email=normal(who))
    except InvalidAddress:
        return Q(pk=None)


def _forget_oldest(user: User) -> None:
    oldest = user.devices.order_by("-last_seen_at").values_list("pk", flat=True)[MOST:]
    KnownDevice.objects.filter(pk__in=list(oldest)).delete()
