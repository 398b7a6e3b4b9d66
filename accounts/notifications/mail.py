"""allauth's mails as deliveries of the outbox (kind `mail`).

A row holds ids and harmless facts. Links that give access to an account are made when the mail is sent, so a
row of the outbox cannot be used to take over an account. Repeats of a mail share a Message-ID, so that mail
programs can show it once.
"""

from __future__ import annotations

import smtplib
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from email.utils import parseaddr
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from allauth.core import context as current
from django.conf import settings
from django.contrib.sites.shortcuts import get_current_site
from django.core.exceptions import ObjectDoesNotExist
from django.http import HttpRequest

from accounts.models import User
from creator.platform.models import Delivery
from creator.platform.outbox import Undeliverable, add_delivery

KIND = "mail"
PLAIN = ("ip", "user_agent", "timestamp", "from_email", "to_email", "deleted_email", "signup_url")
"""Values of allauth's context that give no access to an account. The row stores only these."""

Context = dict[str, Any]


def send_later(template: str, address: str, context: Mapping[str, Any], request: HttpRequest) -> None:
    """Puts a mail into the outbox, in the caller's transaction."""
    user = context.get("user") or getattr(request, "user", None)
    payload = {
        "template": template,
        "site": f"{request.scheme}://{request.get_host()}",
        "user_id": str(user.pk) if isinstance(user, User) else None,
        "facts": {name: _as_json(context[name]) for name in PLAIN if name in context},
    }
    add_delivery(kind=KIND, destination=address, event_id=uuid.uuid4().hex, payload=payload)


def send_mail(delivery: Delivery) -> None:
    """The outbox's handler. Raises Undeliverable for an address that the mail server refuses for good."""
    request = _Site(delivery.payload["site"])
    with current.request_context(request):
        try:
            context = _context(delivery, request)
        except ObjectDoesNotExist:
            return  # the account or the address was deleted, so the mail has no purpose
        message = get_adapter().render_mail(
            delivery.payload["template"],
            delivery.destination,
            context,
            headers={"Message-ID": _message_id(delivery)},
        )
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as error:
        # The one recipient. It need not equal `destination`: Django encodes an international domain for DNS.
        ((address, (code, answer)),) = error.recipients.items()
        reason = f"{code} {answer!r}".replace(address, "…")[:200]
        raise (Undeliverable if 500 <= code < 600 else smtplib.SMTPException)(reason) from error


class _Site(HttpRequest):
    """Replaces the request that caused the mail: allauth builds absolute URLs from a request."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self._site_scheme, _, host = address.partition("://")
        name, _, port = host.rpartition(":") if ":" in host else (host, "", "")
        self.method, self.path = "GET", "/"
        self.META = {"HTTP_HOST": host, "SERVER_NAME": name, "SERVER_PORT": port or "80"}

    def _get_scheme(self) -> str:
        return self._site_scheme


def _context(delivery: Delivery, request: HttpRequest) -> Context:
    payload = delivery.payload
    context: Context = {
        "request": request,
        "email": delivery.destination,
        "current_site": get_current_site(request),
        **{name: _from_json(name, value) for name, value in payload["facts"].items()},
    }
    if payload["user_id"]:
        context["user"] = User.objects.get(pk=payload["user_id"])
    add_links = _LINKS.get(payload["template"].rpartition("/")[2])
    return context | (add_links(request, delivery, context) if add_links else {})


def _confirmation(request: HttpRequest, delivery: Delivery, context: Context) -> Context:
    address = EmailAddress.objects.get(user=context["user"], email__iexact=delivery.destination)
    confirmation = EmailConfirmationHMAC.create(address)
    return {"activate_url": get_adapter().get_email_confirmation_url(request, confirmation)}


def _reset(request: HttpRequest, delivery: Delivery, context: Context) -> Context:
    token = app_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(context["user"])
    key = f"{user_pk_to_url_str(context['user'])}-{token}"
    return {"password_reset_url": get_adapter().get_reset_password_from_key_url(key)}


def _known_account(request: HttpRequest, delivery: Delivery, context: Context) -> Context:
    from allauth.account.internal import flows

    return {"password_reset_url": flows.password_reset.get_reset_password_url(request)}


_LINKS: dict[str, Callable[[HttpRequest, Delivery, Context], Context]] = {
    "email_confirmation": _confirmation,
    "email_confirmation_signup": _confirmation,
    "password_reset_key": _reset,
    "account_already_exists": _known_account,
}


def _message_id(delivery: Delivery) -> str:
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<{delivery.message_id}@{domain}>"


def _as_json(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _from_json(name: str, value: str) -> object:
    return datetime.fromisoformat(value) if name == "timestamp" else value
