"""Addresses of the API's documentation, below `/api/docs/`."""

from django.urls import path

from accounts.web.reference import views

urlpatterns = [
    path("", views.overview, name="api_docs"),
    path("key/", views.trial_key, name="api_docs_key"),
    path("<slug:tag>/", views.operations, name="api_docs_tag"),
]
