from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.db import transaction

from accounts.encryption import Encryption, Unreadable

SECRETS = Encryption("second-factor")
ENCRYPTED = {Authenticator.Type.TOTP: "secret", Authenticator.Type.RECOVERY_CODES: "seed"}
"""Where `Authenticator.data` holds a secret. A passkey has none: the row holds its public key."""


def renew_secrets() -> tuple[int, int]:
    """Encrypts all secrets with the present SECRET_KEY. Returns how many, and how many could not be read."""
    results = [
        _renew(pk) for pk in Authenticator.objects.filter(type__in=ENCRYPTED).values_list("pk", flat=True)
    ]
    return results.count(True), results.count(False)


@transaction.atomic
def _renew(pk: int) -> bool | None:
    """None if the factor was removed meanwhile."""
    factor = Authenticator.objects.select_for_update().filter(pk=pk).first()
    if factor is None:
        return None
    name = ENCRYPTED[Authenticator.Type(factor.type)]
    try:
        factor.data[name] = SECRETS.renew(factor.data[name])
    except Unreadable:
        return False
    factor.save(update_fields=["data"])
    return True
