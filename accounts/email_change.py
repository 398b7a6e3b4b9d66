"""A change of the e-mail address: both the old and the new address confirm it, then it happens and all is told.

An address that was never confirmed has nothing to say: then the new one alone decides. Until the change happens the
person signs in with the old address and gets mail there.
"""

from __future__ import annotations

from uuid import UUID

import structlog
from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from accounts import sign_up
from accounts.audit import record
from accounts.elsewhere import end_elsewhere
from accounts.emails import normal, shown
from accounts.enums import SecurityEvent
from accounts.models import EmailChange, Side, User
from accounts.models.email_change import WORKS
from accounts.notifications import kinds, notify
from creator.lib.clock import database_now
from creator.lib.errors import Refused

log = structlog.get_logger(__name__)


@transaction.atomic
def ask_email_change(user: User, address: str) -> EmailChange:
    """Mails a link to both addresses. Raises InvalidAddress, or Refused for an address that cannot become theirs.

    A new address that has an account already gets a mail that says so in place of the link. The person is not told:
    they may be a stranger to that account.
    """
    email = normal(address)
    if email == user.email:
        raise Refused("invalid_parameters", "This is your address already.")
    if sign_up.is_open() and not sign_up.may_sign_up(email):
        raise Refused("invalid_parameters", "This installation takes no accounts with this address.")
    EmailChange.objects.filter(user=user).delete()
    old_is_confirmed = is_confirmed(user)
    change = EmailChange.objects.create(
        user=user,
        email=email,
        typed_email=shown(address),
        old_confirmed_at=None if old_is_confirmed else timezone.now(),
    )
    facts = {"change_id": str(change.pk)}
    if old_is_confirmed:
        asked = facts | {"to_email": change.typed_email}
        notify(kinds.EMAIL_CHANGE_OLD, user, event_id=str(change.pk), facts=asked)
    if User.objects.filter(email=email).exists():
        notify(kinds.EMAIL_CHANGE_TAKEN, None, event_id=str(change.pk), to=email)
    else:
        notify(kinds.EMAIL_CHANGE_NEW, user, event_id=str(change.pk), facts=facts, to=email)
    record(SecurityEvent.EMAIL_CHANGE_ASKED, user)
    return change


@transaction.atomic
def stop_email_change(user: User) -> bool:
    """False if none waited."""
    ended, _ = EmailChange.objects.filter(user=user).delete()
    return bool(ended)


def ended_email_changes() -> QuerySet[EmailChange]:
    """Those that their addresses did not confirm in time."""
    return EmailChange.objects.filter(asked_at__lt=database_now(-WORKS.total_seconds()))


def find_email_change(key: str) -> tuple[EmailChange, Side] | None:
    """What the link of a mail is about, or None if it works no longer."""
    known = EmailChange.read_key(key)
    change = EmailChange.objects.select_related("user").filter(pk=known[0]).first() if known else None
    return (change, known[1]) if known and change and not change.has_ended else None


@transaction.atomic
def confirm_email_change(change_id: UUID, side: Side, request: HttpRequest) -> bool:
    """Confirms for one address, and changes the account's when both have. True if it has changed.

    Raises Refused("gone") if another link ended the change meanwhile, or if another account took the address.
    """
    change = EmailChange.objects.select_for_update().filter(pk=change_id).first()
    if change is None:
        raise Refused("gone", "This change was stopped, or replaced by another one.")
    name = f"{side}_confirmed_at"
    setattr(change, name, getattr(change, name) or timezone.now())
    change.save(update_fields=[name])
    if not (change.old_confirmed_at and change.new_confirmed_at):
        return False
    try:
        _apply(change, request)
    except IntegrityError as error:
        raise Refused("gone", "Another account has this address now. Nothing was changed.") from error
    return True


def is_confirmed(user: User) -> bool:
    return bool(EmailAddress.objects.filter(user=user, email=user.email, verified=True).exists())


def _apply(change: EmailChange, request: HttpRequest) -> None:
    change_id, user = change.pk, User.objects.select_for_update().get(pk=change.user_id)
    old, old_shown, old_was_confirmed = user.email, user.shown_email, is_confirmed(user)
    user.email, user.typed_email = change.email, change.typed_email
    user.save(update_fields=["email", "typed_email"])
    EmailAddress.objects.filter(user=user).delete()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    change.delete()
    record(SecurityEvent.EMAIL_CHANGED, user, address=request.META["REMOTE_ADDR"])
    if old_was_confirmed:
        facts = {"from_email": old_shown, "to_email": user.shown_email}
        notify(kinds.EMAIL_CHANGED, user, event_id=str(change_id), facts=facts, to=old)
    end_elsewhere(user, request)
