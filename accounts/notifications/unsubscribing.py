"""Links that end mails of a kind without signing in (RFC 8058). They give access to nothing else."""

from __future__ import annotations

from collections.abc import Iterable

from django.core import signing
from django.urls import reverse

from accounts.models import User
from accounts.notifications.kind import Kind, kind_named
from creator.lib.errors import Refused

_signer = signing.Signer(sep=".", salt="accounts.unsubscribe")


def unsubscribe_path(user: User, kinds: Iterable[Kind]) -> str:
    """A link that names the person and the kinds. It has no end: people keep mails for years."""
    names = list(dict.fromkeys(kind.name for kind in kinds))
    return reverse("unsubscribe", args=[_signer.sign_object([str(user.pk), names])])


def read_unsubscribe_token(token: str) -> tuple[User, list[Kind]]:
    """Raises Refused("not_found") for a forged link, and for an account that is gone."""
    try:
        user_id, names = _signer.unsign_object(token)
        return User.objects.get(pk=user_id), [kind_named(name) for name in names]
    except (signing.BadSignature, User.DoesNotExist, LookupError) as error:
        raise Refused("not_found", "This link is not valid. Sign in to choose what you get.") from error
