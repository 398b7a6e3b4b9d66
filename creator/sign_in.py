"""Django's settings of people: sign-in, sessions, second factors and outside accounts."""

from __future__ import annotations

from typing import Any

from creator.config import Config


def sign_in_settings(config: Config) -> dict[str, Any]:
    """The settings of `django.contrib.auth`, of allauth and of sessions, by name."""
    return _accounts(config) | _tries() | _second_factors() | _outside_accounts(config) | _sessions(config)


def _accounts(config: Config) -> dict[str, Any]:
    return {
        "AUTH_USER_MODEL": "accounts.User",
        "AUTHENTICATION_BACKENDS": ["allauth.account.auth_backends.AuthenticationBackend"],
        "AUTH_PASSWORD_VALIDATORS": [
            {"NAME": f"accounts.passwords.rules.{name}"}
            for name in ("LengthRule", "OwnWordsRule", "KnownRule")
        ],
        "LOGIN_URL": "account_login",
        "LOGIN_REDIRECT_URL": "home",
        "ACCOUNT_LOGOUT_REDIRECT_URL": "landing",
        "ACCOUNT_USER_MODEL_USERNAME_FIELD": None,
        "ACCOUNT_LOGIN_METHODS": {"email"},
        "ACCOUNT_SIGNUP_FIELDS": ["email*", "password1*", "password2*"],
        "ACCOUNT_EMAIL_VERIFICATION": "mandatory" if config.confirm_addresses else "optional",
        "ACCOUNT_ADAPTER": "accounts.adapter.AccountAdapter",
        "ACCOUNT_FORMS": {
            "signup": "accounts.web.sign_up.SignUpForm",
            "login": "accounts.web.forms.LoginForm",
            "reset_password": "accounts.web.passwords.ForgottenForm",
            "reset_password_from_key": "accounts.web.passwords.ResetForm",
            "change_password": "accounts.web.passwords.ChangeForm",
            "set_password": "accounts.web.passwords.SetForm",
        },
        "ACCOUNT_EMAIL_NOTIFICATIONS": True,
        "ACCOUNT_PREVENT_ENUMERATION": True,
        "ACCOUNT_REAUTHENTICATION_TIMEOUT": 5 * 60,
        "ACCOUNT_SESSION_REMEMBER": True,
    }


def _tries() -> dict[str, Any]:
    """`accounts.attempts` counts tries in place of allauth, whose counts are not exact under parallel requests."""
    ours = ("login", "login_failed", "signup", "reset_password", "reset_password_from_key", "reauthenticate")
    return {
        "ACCOUNT_RATE_LIMITS": dict.fromkeys((*ours, "change_password")),
        "MFA_RATE_LIMITS": {"webauthn_login": None},
    }


def _second_factors() -> dict[str, Any]:
    forms = {
        "activate_totp": "AppForm",
        "authenticate": "CodeForm",
        "reauthenticate": "CodeAgainForm",
        "add_webauthn": "NewPasskeyForm",
        "edit_webauthn": "PasskeyNameForm",
        "login_webauthn": "PasskeySignInForm",
        "authenticate_webauthn": "PasskeyForm",
        "reauthenticate_webauthn": "PasskeyAgainForm",
    }
    return {
        "MFA_ADAPTER": "accounts.mfa_adapter.MfaAdapter",
        "MFA_FORMS": {name: f"accounts.web.factor_forms.{form}" for name, form in forms.items()},
        "MFA_SUPPORTED_TYPES": ["totp", "recovery_codes", "webauthn"],
        "MFA_PASSKEY_LOGIN_ENABLED": True,
        "MFA_TOTP_ISSUER": "Creator",
        "MFA_TOTP_TOLERANCE": 1,  # one step for clocks that differ (RFC 6238, 5.2)
        "MFA_RECOVERY_CODE_DIGITS": 12,
        # Pages that add a factor look at the address themselves. allauth would also refuse a new address to people
        # who have a factor.
        "MFA_ALLOW_UNVERIFIED_EMAIL": True,
    }


def _outside_accounts(config: Config) -> dict[str, Any]:
    """`accounts.google` asks Google and checks the answer; allauth signs in, signs up and links."""
    app = {"client_id": config.google_client_id, "secret": config.google_client_secret}
    return {
        "SOCIALACCOUNT_ADAPTER": "accounts.social_adapter.SocialAdapter",
        "SOCIALACCOUNT_PROVIDERS": {"google": {"APPS": [app]}},
        "SOCIALACCOUNT_STORE_TOKENS": False,
    }


def _sessions(config: Config) -> dict[str, Any]:
    return {
        # If the cache is lost, sessions are read from the database and people stay signed in.
        "SESSION_ENGINE": f"django.contrib.sessions.backends.{'cached_db' if config.redis_url else 'db'}",
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": config.https,
        "SESSION_COOKIE_NAME": "__Host-sessionid" if config.https else "sessionid",
        "CSRF_COOKIE_HTTPONLY": True,
        "CSRF_COOKIE_SECURE": config.https,
        "CSRF_COOKIE_NAME": "__Host-csrftoken" if config.https else "csrftoken",
        "CSRF_FAILURE_VIEW": "creator.http.error_views.csrf_failure",
    }
