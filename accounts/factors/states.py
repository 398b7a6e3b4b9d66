"""What there is of a person's second factors."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator

from accounts.models import User

FEW_CODES = 3


@dataclass(frozen=True)
class Passkey:
    """`signs_in`: whether it also signs in without e-mail and password; None: the browser did not say."""

    id: int
    name: str
    created_at: datetime
    last_used_at: datetime | None
    signs_in: bool | None


@dataclass(frozen=True)
class Factors:
    """`codes_left`: unused recovery codes; None: none were made."""

    app: Authenticator | None = None
    passkeys: list[Passkey] = field(default_factory=list)
    codes_left: int | None = None

    @property
    def count(self) -> int:
        """Recovery codes do not count: they only replace another factor."""
        return len(self.passkeys) + (self.app is not None)

    @property
    def few_codes(self) -> bool:
        return self.codes_left is not None and self.codes_left <= FEW_CODES


def factors_of(user: User) -> Factors:
    """Reads no secret, so that the page opens also when one cannot be decrypted."""
    rows = list(Authenticator.objects.filter(user=user).order_by("created_at"))
    of = {each.type: each for each in rows}
    codes = of.get(Authenticator.Type.RECOVERY_CODES)
    return Factors(
        app=of.get(Authenticator.Type.TOTP),
        passkeys=[_passkey(each) for each in rows if each.type == Authenticator.Type.WEBAUTHN],
        codes_left=app_settings.RECOVERY_CODE_COUNT - codes.data["used_mask"].bit_count() if codes else None,
    )


def has_second_factor(user: User) -> bool:
    """Whether a sign-in by password asks this person for more."""
    strong = Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.RECOVERY_CODES)
    return bool(strong.exists())


def _passkey(row: Authenticator) -> Passkey:
    wrapped = row.wrap()
    return Passkey(row.pk, wrapped.name, row.created_at, row.last_used_at, wrapped.is_passwordless)
