"""Encrypts secrets that rows hold, so that a copy of the database alone opens nothing.

The keys are derived from SECRET_KEY and its fallbacks (HKDF, RFC 5869), one for each purpose; those of people's access
elsewhere from ENCRYPTION_KEYS. The first encrypts, all decrypt: `renew` moves a secret to the first.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Callable, Sequence
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

KEY_BYTES = 32


Renew = Callable[[], tuple[int, int]]
"""Encrypts all secrets of one purpose with the first key. Returns how many, and how many could not be read."""
_renewals: list[Renew] = []


def register_secrets(renew: Renew) -> None:
    """For an app's `apps.py`: its secrets move to a new key with all others, by `manage.py reencrypt`."""
    _renewals.append(renew)


def renew_all() -> tuple[int, int]:
    """Encrypts all registered secrets with the first key. Returns how many, and how many could not be read."""
    renewed, unreadable = zip(*(renew() for renew in _renewals), strict=True)
    return sum(renewed), sum(unreadable)


class Unreadable(Exception):
    """None of the keys decrypts the secret: it was encrypted with one that is no longer configured."""


class Encryption:
    """Encrypts for one purpose (a word that never changes). A secret of one purpose cannot be read for another.

    `keys` returns the secrets that keys are derived from, those of SECRET_KEY by default.
    """

    def __init__(self, purpose: str, keys: Callable[[], Sequence[str]] | None = None) -> None:
        self._purpose = purpose
        self._secrets = keys or _secret_keys

    def encrypt(self, text: str) -> str:
        return self._keys().encrypt(text.encode()).decode()

    def decrypt(self, encrypted: str) -> str:
        """Raises Unreadable."""
        try:
            return self._keys().decrypt(encrypted.encode()).decode()
        except InvalidToken as error:
            raise Unreadable(self._purpose) from error

    def renew(self, encrypted: str) -> str:
        """The same secret, encrypted with the first key. Raises Unreadable."""
        return self.encrypt(self.decrypt(encrypted))

    def _keys(self) -> MultiFernet:
        return _derive(self._purpose, tuple(self._secrets()))


def _secret_keys() -> Sequence[str]:
    return (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)


@lru_cache
def _derive(purpose: str, secrets: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(urlsafe_b64encode(_key(purpose, each))) for each in secrets])


def _key(purpose: str, secret: str) -> bytes:
    hkdf = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"creator.{purpose}".encode())
    return hkdf.derive(secret.encode())
