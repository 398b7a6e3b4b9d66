"""Addresses of the API of accounts, below `/api/v1/`."""

from django.urls import path

from accounts.api.account import Account
from accounts.api.auth.google import Google, GoogleTokens, google_callback
from accounts.api.auth.login import Login, SecondFactor
from accounts.api.auth.passwords import ForgotPassword, ResetPassword
from accounts.api.auth.registration import Register, Verify
from accounts.api.auth.tokens import Logout, Refresh
from accounts.api.keys import Keys, OneKey

urlpatterns = [
    path("auth/register", Register.as_view(), name="api_register"),
    path("auth/verify", Verify.as_view(), name="api_verify"),
    path("auth/login", Login.as_view(), name="api_login"),
    path("auth/login/second-factor", SecondFactor.as_view(), name="api_second_factor"),
    path("auth/google", Google.as_view(), name="api_google"),
    path("auth/google/callback", google_callback, name="api_google_callback"),
    path("auth/google/tokens", GoogleTokens.as_view(), name="api_google_tokens"),
    path("auth/refresh", Refresh.as_view(), name="api_refresh"),
    path("auth/logout", Logout.as_view(), name="api_logout"),
    path("auth/forgot-password", ForgotPassword.as_view(), name="api_forgot_password"),
    path("auth/reset-password", ResetPassword.as_view(), name="api_reset_password"),
    path("account", Account.as_view(), name="api_account"),
    path("keys", Keys.as_view(), name="api_keys"),
    path("keys/<uuid:key_id>", OneKey.as_view(), name="api_key"),
]
