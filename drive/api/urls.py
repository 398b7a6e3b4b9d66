"""Addresses of the API of watched folders, below `/api/v1/`."""

from django.urls import path

from drive.api.acts import FolderAgain, PauseFolder, ResumeFolder
from drive.api.connections import Browse, Connections, OneConnection
from drive.api.folders import Files, Folders, OneFolder

urlpatterns = [
    path("drive/connections", Connections.as_view(), name="api_drive_connections"),
    path("drive/connections/<uuid:connection_id>", OneConnection.as_view(), name="api_drive_connection"),
    path("drive/connections/<uuid:connection_id>/folders", Browse.as_view(), name="api_drive_browse"),
    path("drive/folders", Folders.as_view(), name="api_drive_folders"),
    path("drive/folders/<uuid:folder_id>", OneFolder.as_view(), name="api_drive_folder"),
    path("drive/folders/<uuid:folder_id>/files", Files.as_view(), name="api_drive_files"),
    path("drive/folders/<uuid:folder_id>/pause", PauseFolder.as_view(), name="api_drive_pause"),
    path("drive/folders/<uuid:folder_id>/resume", ResumeFolder.as_view(), name="api_drive_resume"),
    path("drive/folders/<uuid:folder_id>/again", FolderAgain.as_view(), name="api_drive_again"),
]
