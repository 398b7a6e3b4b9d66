"""A person's second factors: an authenticator app, recovery codes and a passkey."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData, CollectedClientData

from accounts.models import User
from tests.accounts.factors.app import App

CREDENTIAL_ID = b"passkey of the matrix"


def add_every_factor(user: User) -> None:
    App().add(user)
    RecoveryCodes.activate(user)
    passkey = {"name": "Laptop", "credential": _registration(), "passwordless": True}
    Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data=passkey)


def _registration() -> dict[str, object]:
    """What a browser sends when a passkey is made (WebAuthn, section 5.2.1), without attestation."""
    key = ES256.from_cryptography_key(ec.generate_private_key(ec.SECP256R1()).public_key())
    made = AttestedCredentialData.create(bytes(16), CREDENTIAL_ID, key)
    flags = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.AT
    data = AuthenticatorData.create(bytes(32), flags, 0, made)
    client = CollectedClientData.create("webauthn.create", b"challenge", "http://testserver")
    attestation = AttestationObject.create("none", data, {})
    return {
        "id": websafe_encode(CREDENTIAL_ID),
        "rawId": websafe_encode(CREDENTIAL_ID),
        "type": "public-key",
        "response": {
            "clientDataJSON": websafe_encode(client),
            "attestationObject": websafe_encode(attestation),
        },
    }
