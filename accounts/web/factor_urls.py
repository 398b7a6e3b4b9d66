"""Addresses of second factors: allauth's, with our pages for those that change something."""

from allauth.mfa.base.views import authenticate, reauthenticate
from allauth.mfa.webauthn.views import edit_webauthn, login_webauthn, reauthenticate_webauthn
from django.urls import path
from django.views.generic import RedirectView

from accounts.web import factors
from accounts.web.reauthentication import recently_proved

to_security = RedirectView.as_view(pattern_name="account_security")

urlpatterns = [
    path("", to_security, name="mfa_index"),
    path("authenticate/", authenticate, name="mfa_authenticate"),
    path("reauthenticate/", reauthenticate, name="mfa_reauthenticate"),
    path("app/add/", recently_proved(factors.AddApp.as_view()), name="mfa_activate_totp"),
    path("app/remove/", recently_proved(factors.RemoveApp.as_view()), name="mfa_deactivate_totp"),
    path("codes/", recently_proved(factors.RecoveryCodes.as_view()), name="mfa_view_recovery_codes"),
    path(
        "codes/new/", recently_proved(factors.MakeRecoveryCodes.as_view()), name="mfa_generate_recovery_codes"
    ),
    path(
        "codes/file/",
        recently_proved(factors.DownloadRecoveryCodes.as_view()),
        name="mfa_download_recovery_codes",
    ),
    path("passkeys/", to_security, name="mfa_list_webauthn"),
    path("passkeys/sign-in/", login_webauthn, name="mfa_login_webauthn"),
    path("passkeys/reauthenticate/", reauthenticate_webauthn, name="mfa_reauthenticate_webauthn"),
    path("passkeys/add/", recently_proved(factors.AddPasskey.as_view()), name="mfa_add_webauthn"),
    path("passkeys/<int:pk>/name/", recently_proved(edit_webauthn), name="mfa_edit_webauthn"),
    path(
        "passkeys/<int:pk>/remove/",
        recently_proved(factors.RemovePasskey.as_view()),
        name="mfa_remove_webauthn",
    ),
]
