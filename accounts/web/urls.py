"""Addresses of the pages of the account."""

from django.urls import path

from accounts.web import activity, keys, profile, security

urlpatterns = [
    path("", profile.profile, name="account_profile"),
    path("security/", security.security, name="account_security"),
    path("activity/", activity.activity, name="account_activity"),
    path("keys/", keys.keys, name="account_keys"),
    path("keys/<uuid:key_id>/revoke/", keys.revoke_key, name="account_key_revoke"),
]
