"""allauth's forms of second factors, with our counts of tries and what allauth does not check (see MFA_FORMS)."""

from __future__ import annotations

import struct
from typing import Any

from allauth.core import context as current
from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, BaseAuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY, generate_totp_secret
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    EditWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from allauth.mfa.webauthn.internal.auth import parse_authentication_response, parse_registration_response
from django import forms

from accounts.audit import record
from accounts.encryption import Unreadable
from accounts.enums import SecurityEvent
from accounts.factors import SECRETS, accept_count, prove_code
from accounts.mfa_adapter import MAX_NAME

BROKEN = (AttributeError, LookupError, OverflowError, TypeError, ValueError, struct.error)
"""What the parsers of WebAuthn raise for bytes that no browser sends."""


class AppForm(ActivateTOTPForm):
    """The first code of a new authenticator app. Its secret waits in the session, which is a row: encrypted."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.user = kwargs.pop("user")
        forms.Form.__init__(self, *args, **kwargs)
        self.fields["code"].label = "Code from the app"
        self.secret = self._waiting_secret()

    def _waiting_secret(self) -> str:
        session = current.request.session
        try:
            return SECRETS.decrypt(session[SECRET_SESSION_KEY])
        except (KeyError, Unreadable):
            secret: str = generate_totp_secret()
            session[SECRET_SESSION_KEY] = SECRETS.encrypt(secret)
            return secret


class _CodeForm(BaseAuthenticateForm):
    def clean_code(self) -> str:
        code: str = self.cleaned_data["code"]
        factor = prove_code(self.user, code)
        if factor is None:
            self._tell_of_failure()
            raise get_adapter().validation_error("incorrect_code")
        self.authenticator = factor
        return code

    def _tell_of_failure(self) -> None:
        factor = (
            Authenticator.objects.filter(user=self.user).exclude(type=Authenticator.Type.WEBAUTHN).first()
        )
        if factor:
            self._emit_authentication_failed(factor)


class CodeForm(_CodeForm, AuthenticateForm):
    """A code after the password."""


class CodeAgainForm(_CodeForm, ReauthenticateForm):
    """A code before a change of the account."""


class CredentialField(forms.JSONField):
    """What a browser answered, as JSON."""

    widget = forms.HiddenInput

    def to_python(self, value: Any) -> Any:
        try:
            return super().to_python(value)
        except RecursionError as error:
            raise get_adapter().validation_error("incorrect_code") from error


class _PasskeyForm(AuthenticateWebAuthnForm):
    credential = CredentialField()

    def clean_credential(self) -> Authenticator:
        given = self.cleaned_data["credential"]
        try:
            require_own_page(parse_authentication_response(given).response.client_data.origin)
            passkey: Authenticator = super().clean_credential()
            count = parse_authentication_response(given).response.authenticator_data.counter
        except BROKEN as error:
            raise get_adapter().validation_error("incorrect_code") from error
        if not accept_count(passkey, count):
            record(SecurityEvent.PASSKEY_REFUSED, passkey.user, address=current.request.META["REMOTE_ADDR"])
            raise get_adapter().validation_error("copied_passkey")
        return passkey


class PasskeyForm(_PasskeyForm):
    """A passkey after the password."""


class PasskeySignInForm(_PasskeyForm, LoginWebAuthnForm):
    """A passkey instead of e-mail and password."""


class PasskeyAgainForm(_PasskeyForm, ReauthenticateWebAuthnForm):
    """A passkey before a change of the account."""


class NewPasskeyForm(AddWebAuthnForm):
    name = forms.CharField(required=False, max_length=MAX_NAME)
    credential = CredentialField()
    passwordless = None  # every passkey signs in by itself if it can

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data.get("credential")
        try:
            if given:
                require_own_page(parse_registration_response(given).response.client_data.origin)
            cleaned: dict[str, Any] = super().clean()
        except BROKEN as error:
            raise get_adapter().validation_error("incorrect_code") from error
        return cleaned


class PasskeyNameForm(EditWebAuthnForm):
    name = forms.CharField(max_length=MAX_NAME)


def require_own_page(origin: str) -> None:
    """Raises ValidationError unless the ceremony ran on a page of this site (WebAuthn 3, 13.4.9).

    The library also takes the pages of names below the site's, and of its other ports.
    """
    request = current.request
    if origin.lower() != f"{request.scheme}://{request.get_host()}".lower():
        raise get_adapter().validation_error("foreign_page")
