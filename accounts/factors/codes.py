from __future__ import annotations

import structlog
from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.db import transaction

from accounts.encryption import Unreadable
from accounts.factors.secrets import SECRETS
from accounts.models import User

log = structlog.get_logger(__name__)
CODES = (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES)


def prove_code(user: User, code: str) -> Authenticator | None:
    """The factor whose code this is: of the app or a recovery code. None: it is wrong, or was used before.

    Each code works once, in whatever process. The caller counts tries (`accounts.attempts`).
    """
    for factor in Authenticator.objects.filter(user=user, type__in=CODES):
        try:
            proved = (
                _take_step(factor, code) if factor.type == CODES[0] else factor.wrap().validate_code(code)
            )
        except Unreadable:
            log.error("second_factor_unreadable", user_id=str(user.pk), kind=factor.type)
            continue
        if proved:
            factor.user = user
            return factor
    return None


@transaction.atomic
def _take_step(factor: Authenticator, code: str) -> bool:
    """Takes the time step of the code. No step up to it works again (RFC 6238, 5.2).

    allauth remembers used codes in the cache, for less time than a code is accepted, and not while Redis is away.
    """
    row = Authenticator.objects.select_for_update().filter(pk=factor.pk).first()
    if row is None:
        return False
    secret, last = SECRETS.decrypt(row.data["secret"]), row.data.get("last_step", 0)
    steps = (each for each in yield_hotp_counters_from_time() if each > last)
    found = [each for each in steps if compare_user_code(actual=code, expected=_code_of(secret, each))]
    if not found:
        return False
    row.data["last_step"] = found[0]
    row.save(update_fields=["data"])
    return True


def _code_of(secret: str, step: int) -> str:
    code: str = format_hotp_value(hotp_value(secret, step))
    return code
