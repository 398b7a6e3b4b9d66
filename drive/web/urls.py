"""Addresses of the pages, below /drive/."""

from django.urls import path

from drive.web import folder, overview

urlpatterns = [
    path("", overview.overview, name="drive"),
    path("folders/<uuid:folder_id>/", folder.folder, name="drive_folder"),
]
