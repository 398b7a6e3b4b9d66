"""Sends notifications by mail: the outbox's handler of the kind `mail`.

A row holds ids and harmless facts. Links that give access to an account are made when the mail is sent, so a
row of the outbox cannot be used to take over an account. Repeats of a mail share a Message-ID, so that mail
programs can show it once.
"""

from __future__ import annotations

import smtplib
from collections.abc import Mapping, Sequence
from datetime import datetime
from email.utils import parseaddr
from typing import Any

from allauth.account.models import EmailAddress
from allauth.core import context as current
from django.conf import settings
from django.core.exceptions import ObjectDoesNotExist
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone

from accounts.models import User
from accounts.notifications.folding import take_untold
from accounts.notifications.kind import Kind, Letter, all_kinds, kind_named
from accounts.notifications.notifying import read_facts
from accounts.notifications.preferences import may_mail_from, turned_off
from accounts.notifications.site import SiteRequest
from accounts.notifications.unsubscribing import unsubscribe_path
from accounts.notifications.writing import write
from creator.platform.models import Delivery
from creator.platform.outbox import Postponed, Undeliverable


def send_mail(delivery: Delivery) -> None:
    """Raises Undeliverable for an address that the mail server refuses for good, and Postponed in quiet hours."""
    kind = kind_named(delivery.payload["kind"])
    with current.request_context(SiteRequest(delivery.payload["site"])):
        try:
            letters = _letters(delivery, kind)
            message = _message(delivery, letters) if letters else None
        except ObjectDoesNotExist:
            return  # the account, or what the mail is about, was deleted, so the mail has no purpose
    if message is not None:
        _send(message)


def _letters(delivery: Delivery, kind: Kind) -> list[Letter]:
    """What the mail tells of; nothing if the person does not want it or another mail told of it."""
    user_id = delivery.payload["user_id"]
    user = User.objects.get(pk=user_id) if user_id else None
    if user is None or not kind.optional:
        return [_letter(delivery, kind, user, delivery.payload["facts"], delivery.created_at)]
    if not EmailAddress.objects.filter(user=user, email__iexact=delivery.destination, verified=True).exists():
        return []
    now = timezone.now()
    if (until := may_mail_from(user, delivery.created_at, now)) > now:
        raise Postponed(until)
    off = turned_off(user, "mail")
    return [letter for letter in _told(delivery, kind, user) if letter.kind.name not in off]


def _told(delivery: Delivery, kind: Kind, user: User) -> list[Letter]:
    if not kind.digested:
        return [_letter(delivery, kind, user, delivery.payload["facts"], delivery.created_at)]
    together = {each.name: each for each in all_kinds() if each.digested and each.group is kind.group}
    return [
        _letter(delivery, together[row.kind], user, row.facts, row.created_at)
        for row in take_untold(delivery, user, together)
    ]


def _letter(
    delivery: Delivery, kind: Kind, user: User | None, facts: Mapping[str, Any], at: datetime
) -> Letter:
    site = SiteRequest(delivery.payload["site"])
    return Letter(kind, delivery.destination, user, site, {"at": at, **read_facts(facts)})


def _message(delivery: Delivery, letters: Sequence[Letter]) -> EmailMultiAlternatives:
    first = letters[0]
    headers = {"Message-ID": _message_id(delivery), "Auto-Submitted": "auto-generated"}  # RFC 3834, 5
    leave = ""
    if first.user and first.kind.optional:
        leave = first.url(unsubscribe_path(first.user, [letter.kind for letter in letters]))
        headers["List-Unsubscribe"] = f"<{leave}>"  # RFC 8058, 3.1
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    written = write(letters, unsubscribe=leave)
    message = EmailMultiAlternatives(written.subject, written.text, to=[first.address], headers=headers)
    message.attach_alternative(written.html, "text/html")
    return message


def _send(message: EmailMultiAlternatives) -> None:
    try:
        message.send()
    except smtplib.SMTPRecipientsRefused as error:
        # The one recipient. It need not equal `to`: Django encodes an international domain for DNS.
        ((address, (code, answer)),) = error.recipients.items()
        reason = f"{code} {answer!r}".replace(address, "…")[:200]
        raise (Undeliverable if 500 <= code < 600 else smtplib.SMTPException)(reason) from error


def _message_id(delivery: Delivery) -> str:
    domain = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2] or "localhost"
    return f"<{delivery.message_id}@{domain}>"
