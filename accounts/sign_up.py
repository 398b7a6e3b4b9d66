"""Who may create an account: anyone, invited addresses and those of listed domains, or nobody."""

from __future__ import annotations

import structlog
from django.conf import settings
from django.db import transaction

from accounts.emails import normal
from accounts.models import Invitation, User
from accounts.notifications import kinds, notify
from creator.platform.audit import write_audit_line

log = structlog.get_logger(__name__)


def is_open() -> bool:
    """Whether anyone at all may sign up."""
    return bool(settings.CONFIG.sign_up != "closed")


def may_sign_up(address: str) -> bool:
    """Whether this address may have an account. Every way to create one asks this. Raises InvalidAddress.

    Strangers must not learn the answer: they would learn who is invited. Only a mail to the address tells it.
    """
    email = normal(address)
    if settings.CONFIG.sign_up != "invited":
        return is_open()
    invited = Invitation.objects.filter(email=email).exists()
    return invited or email.rpartition("@")[2] in settings.CONFIG.sign_up_domains


@transaction.atomic
def invite(address: str) -> bool:
    """Lets the address sign up and tells it so by mail. False if it is invited already or has an account.

    Raises InvalidAddress.
    """
    email = normal(address)
    if User.objects.filter(email=email).exists():
        return False
    invitation, is_new = Invitation.objects.get_or_create(email=email)
    if is_new:
        write_audit_line("invited", f"invitation:{invitation.pk}", {})
        notify(kinds.INVITATION, None, event_id=str(invitation.pk), to=email)
        log.info("invited", invitation_id=invitation.pk)
    return is_new


@transaction.atomic
def withdraw(address: str) -> bool:
    """Takes an invitation back that was not used. False if there is none. Raises InvalidAddress."""
    invitation = Invitation.objects.filter(email=normal(address)).first()
    if invitation is None:
        return False
    write_audit_line("invitation_withdrawn", f"invitation:{invitation.pk}", {})
    invitation.delete()
    return True


def use_invitation(user: User) -> None:
    """Forgets the invitation of a person who signed up: the account holds their address now."""
    Invitation.objects.filter(email=user.email).delete()
