"""allauth's pages that add and remove second factors, with an audit line and a mail in the same transaction."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import (
    DownloadRecoveryCodesView,
    GenerateRecoveryCodesView,
    ViewRecoveryCodesView,
)
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView, RemoveWebAuthnView
from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.views.generic.edit import FormView

from accounts.audit import record
from accounts.callers import signed_in_user
from accounts.device_names import device_name
from accounts.enums import SecurityEvent
from accounts.factors import factors_of, has_second_factor, prove_code
from accounts.notifications import kinds, notify
from accounts.web.qr import qr_path

CODES_SHOWN_S = 600
UNCONFIRMED = "Confirm your email address first: without it, a lost factor would lock you out."
UNPROTECTED = "Your account has no second factor now: its password alone opens it."


class _Change:
    """Tells of the change that the form makes: by an audit line and a mail, in one transaction with it."""

    event = SecurityEvent.FACTOR_ADDED
    mail = kinds.FACTOR_ADDED
    factor = ""

    @transaction.atomic
    def form_valid(self, form: Any) -> HttpResponse:
        answer: HttpResponse = super().form_valid(form)  # type: ignore[misc]
        request: HttpRequest = self.request  # type: ignore[attr-defined]
        user = signed_in_user(request)
        factor: dict[str, Any] = {"factor": self.factor} if self.factor else {}
        address, device = request.META["REMOTE_ADDR"], device_name(request.headers.get("User-Agent", ""))
        line = record(self.event, user, address=address, device=device, **factor)
        notify(self.mail, user, event_id=str(line.pk), facts={"address": address, "device": device, **factor})
        return answer


class _Addition(_Change):
    """Refuses people whose address is not confirmed: a stranger who signed up with it could keep its owner out."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        main = EmailAddress.objects.filter(user=signed_in_user(request), primary=True).first()
        if main and not main.verified:
            messages.error(request, UNCONFIRMED)
            return HttpResponseRedirect(reverse("account_email"))
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)  # type: ignore[misc]
        return answer


class _Removal(_Change):
    event = SecurityEvent.FACTOR_REMOVED
    mail = kinds.FACTOR_REMOVED

    def form_valid(self, form: Any) -> HttpResponse:
        answer = super().form_valid(form)
        request: HttpRequest = self.request  # type: ignore[attr-defined]
        if not has_second_factor(signed_in_user(request)):
            messages.warning(request, UNPROTECTED)
        return answer

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)  # type: ignore[misc]
        user = signed_in_user(self.request)  # type: ignore[attr-defined]
        strong = Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.RECOVERY_CODES)
        return context | {"is_last": strong.count() == 1}


class AddApp(_Addition, ActivateTOTPView):
    factor = "An authenticator app"

    def form_valid(self, form: Any) -> HttpResponse:
        answer = super().form_valid(form)
        prove_code(signed_in_user(self.request), form.cleaned_data["code"])  # so that it signs nobody in
        return answer

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        size, path = qr_path(context["totp_url"])
        secret = context["form"].secret
        return context | {
            "size": size,
            "path": path,
            "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        }


class RemoveApp(_Removal, DeactivateTOTPView):
    factor = "An authenticator app"


class AddPasskey(_Addition, AddWebAuthnView):
    factor = "A passkey"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """Asks for a passkey that also signs in by itself, where the device can make one."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        options = context["js_data"]["creation_options"]
        chosen = options["publicKey"]["authenticatorSelection"]
        options["publicKey"]["authenticatorSelection"] = {**chosen, "residentKey": "preferred"}
        return context | {"options": options}


class RemovePasskey(_Removal, RemoveWebAuthnView):
    factor = "A passkey"


class MakeRecoveryCodes(_Change, GenerateRecoveryCodesView):
    event = SecurityEvent.RECOVERY_CODES_MADE
    mail = kinds.RECOVERY_CODES_MADE

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """As allauth's, but the codes are not decrypted to count them."""
        context: dict[str, Any] = FormView.get_context_data(self, **kwargs)
        return context | {"unused_code_count": factors_of(signed_in_user(self.request)).codes_left}


class _Shown:
    """Codes are shown for ten minutes after they were made. Later they are made anew."""

    def is_hidden(self) -> bool:
        user = signed_in_user(self.request)  # type: ignore[attr-defined]
        made = Authenticator.objects.filter(user=user, type=Authenticator.Type.RECOVERY_CODES).first()
        return made is not None and (timezone.now() - made.created_at).total_seconds() > CODES_SHOWN_S


class RecoveryCodes(_Shown, ViewRecoveryCodesView):
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self.is_hidden():
            return HttpResponseRedirect(reverse("mfa_generate_recovery_codes"))
        answer: HttpResponseBase = super().get(request, *args, **kwargs)
        return answer


class DownloadRecoveryCodes(_Shown, DownloadRecoveryCodesView):
    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if self.is_hidden():
            return HttpResponseRedirect(reverse("mfa_generate_recovery_codes"))
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return answer
