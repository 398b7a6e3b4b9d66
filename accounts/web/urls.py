"""Addresses of the pages of the account."""

from django.urls import path

from accounts.web import activity

urlpatterns = [
    path("activity/", activity.activity, name="account_activity"),
]
