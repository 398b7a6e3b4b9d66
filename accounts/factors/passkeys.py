from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.db import transaction


@transaction.atomic
def accept_count(passkey: Authenticator, given: int) -> bool:
    """Takes the signature counter of a use. False: it did not grow, so that a copy of the passkey may exist.

    WebAuthn 3, 7.2, step 22: passkeys that count nothing always say 0.
    """
    row = Authenticator.objects.select_for_update().get(pk=passkey.pk)
    last = row.data.get("sign_count", row.wrap().authenticator_data.counter)
    if (given or last) and given <= last:
        return False
    row.data["sign_count"] = given
    row.save(update_fields=["data"])
    return True
