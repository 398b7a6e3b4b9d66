"""Addresses of the pages of the account."""

from django.urls import path

from accounts.web import activity, profile

urlpatterns = [
    path("", profile.profile, name="account_profile"),
    path("activity/", activity.activity, name="account_activity"),
]
