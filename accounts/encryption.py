"""Encrypts secrets that rows hold, so that a copy of the database alone opens nothing.

The keys are derived from SECRET_KEY and its fallbacks (HKDF, RFC 5869), one for each purpose. The first encrypts, all
decrypt: `renew` moves a secret to the first.
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

KEY_BYTES = 32


class Unreadable(Exception):
    """None of the keys decrypts the secret: its key is neither SECRET_KEY nor one of the fallbacks."""


class Encryption:
    """Encrypts for one purpose (a word that never changes). A secret of one purpose cannot be read for another."""

    def __init__(self, purpose: str) -> None:
        self._purpose = purpose

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
        return _derive(self._purpose, (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS))


@lru_cache
def _derive(purpose: str, secrets: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(urlsafe_b64encode(_key(purpose, each))) for each in secrets])


def _key(purpose: str, secret: str) -> bytes:
    hkdf = HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"creator.{purpose}".encode())
    return hkdf.derive(secret.encode())
