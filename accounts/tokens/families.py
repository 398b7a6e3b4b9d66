"""Which signed-in programs there are."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from accounts.models import TokenFamily, User
from accounts.tokens.texts import read_access_token
from creator.lib.clock import database_now


def working_families() -> QuerySet[TokenFamily]:
    """Those that have neither ended nor expired, of active people, by the database's clock.

    Whether the password is still the same is not asked: see `is_proven`.
    """
    return TokenFamily.objects.filter(
        ended_at=None,
        refreshed_at__gt=database_now(-TokenFamily.UNUSED_FOR.total_seconds()),
        created_at__gt=database_now(-TokenFamily.LONGEST.total_seconds()),
        owner__is_active=True,
    ).select_related("owner")


def find_by_access_token(token: str) -> TokenFamily | None:
    """The family of an access token that works now, with its owner, or None.

    One query, or none for a text that is no token of ours.
    """
    if not (read := read_access_token(token)):
        return None
    family_id, expires_at = read
    family: Any = working_families().filter(pk=family_id).annotate(now=database_now()).first()
    return family if family and family.now < expires_at and is_proven(family) else None


def is_proven(family: TokenFamily) -> bool:
    """Whether its owner's password is the one of the sign-in."""
    return family.proof in family.owner.proofs


def list_families(user: User) -> list[TokenFamily]:
    """The programs that are signed in as this user, the one used last first."""
    families = working_families().filter(owner=user).order_by("-refreshed_at")
    return [family for family in families if is_proven(family)]


def forgotten_families() -> QuerySet[TokenFamily]:
    """Those that ended or expired long enough ago to be deleted."""
    return TokenFamily.objects.filter(
        Q(refreshed_at__lt=database_now(-TokenFamily.UNUSED_FOR.total_seconds()))
        | Q(created_at__lt=database_now(-TokenFamily.LONGEST.total_seconds()))
        | Q(ended_at__lt=database_now(-TokenFamily.UNUSED_FOR.total_seconds()))
    )
