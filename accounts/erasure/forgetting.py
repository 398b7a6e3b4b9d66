"""The last step of an erasure: one transaction after which no row names the person."""

from __future__ import annotations

from functools import reduce
from operator import or_

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import Q

from accounts.audit import lines_about, subject_of
from accounts.models import Erasure, Invitation, User
from accounts.notifications import notify
from accounts.notifications.kinds import DELETION_DONE
from accounts.notifications.notifying import MAIL
from accounts.registry import parts
from creator.lib.clock import database_now
from creator.platform.audit import write_audit_line
from creator.platform.background import NotYet, finish
from creator.platform.models import AuditLine, Delivery


def forget_person(erasure: Erasure, user: User) -> None:
    """Deletes the user's row and all that names it, except entries of the ledger, which never did.

    Raises NotYet if a request that was under way has added something: the steps are then done once more.
    """
    with transaction.atomic(durable=True):
        # The lock keeps requests that are under way from adding rows of this person from here on.
        user = User.objects.select_for_update().get(pk=user.pk)
        if left := [part.name for part in parts() if part.is_left(user)]:
            raise NotYet(f"added meanwhile: {', '.join(left)}", wait_s=0)
        addresses = {user.email, *EmailAddress.objects.filter(user=user).values_list("email", flat=True)}
        counts = {
            **erasure.counts,
            "mails": _delete_mails(addresses, user),
            "invitations": Invitation.objects.filter(email__in=addresses).delete()[0],
            "audit_lines_made_nameless": _make_audit_nameless(user, erasure),
        }
        user.delete()
        last_mail = _write_last_mail(erasure, user.email)
        finish(
            erasure, user=None, erased_at=database_now(), counts=counts, last_error="", last_mail=last_mail
        )
        write_audit_line("account_erased", _pseudonym(erasure), counts)
    erasure.counts = counts


def forget_addresses() -> int:
    """Deletes the rows of last mails that are sent or given up: nothing else has the address. Returns how many."""
    ended = Q(done_at__isnull=False) | Q(dead_at__isnull=False)
    told = Erasure.objects.filter(last_mail__isnull=False)
    mails = [each.last_mail for each in told if each.last_mail is not None]
    done = list(Delivery.objects.filter(ended, pk__in=mails).values_list("pk", flat=True)) if mails else []
    with transaction.atomic(durable=True):
        Delivery.objects.filter(pk__in=done).delete()
        told.filter(last_mail__in=done).update(last_mail=None)
    return len(done)


def _write_last_mail(erasure: Erasure, address: str) -> int:
    """Tells the person that it is done. Returns the number of the delivery, the only row that has the address."""
    left = erasure.counts.get("jobs_files_left_on_nodes", 0)
    notify(DELETION_DONE, None, event_id=str(erasure.pk), to=address, facts={"left": left})
    return Delivery.objects.values_list("pk", flat=True).get(kind=MAIL, destination=address)


def _delete_mails(addresses: set[str], user: User) -> int:
    """Deletes the outbox's rows to the person, sent or not."""
    to_them = reduce(or_, (Q(destination__iexact=each) for each in addresses))
    return Delivery.objects.filter(to_them | Q(payload__user_id=str(user.pk))).delete()[0]


def _make_audit_nameless(user: User, erasure: Erasure) -> int:
    """Lines about the person stay, under the erasure's id and without details, so that acts stay in their order."""
    about = AuditLine.objects.filter(subject=subject_of(user))
    nameless = about.update(subject=_pseudonym(erasure), details={})
    of_others = AuditLine.objects.filter(details__icontains=str(user.pk))
    return nameless + of_others.update(details={}) + lines_about(user).update(actor=None)


def _pseudonym(erasure: Erasure) -> str:
    return f"erased:{erasure.pk}"
