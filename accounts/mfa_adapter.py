"""allauth's adapter of second factors: their secrets are encrypted, and passkeys belong to the site's name."""

from __future__ import annotations

from allauth.core import context as current
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.http.request import split_domain_port

from accounts.factors import SECRETS
from accounts.models import User

MAX_NAME = 60


class MfaAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": "This code or passkey is not right, or was used before. Wait for the next code, or try again.",
        "copied_passkey": "This passkey is not accepted any more: a copy of it may exist. Sign in another way and remove it.",
        "foreign_page": "This passkey was used on another page than ours. Open our page again and try there.",
        "cannot_generate_recovery_codes": "Add an authenticator app or a passkey first: recovery codes replace it when it is lost.",
    }

    def encrypt(self, text: str) -> str:
        return SECRETS.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return SECRETS.decrypt(encrypted_text)

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        count = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return f"Passkey {count + 1}" if count else "Passkey"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """The name without the port (WebAuthn 3, 5.1.2: a relying party is a domain)."""
        return {"id": split_domain_port(current.request.get_host())[0], "name": "Creator"}
