"""Addresses of the pages, below /drive/."""

from django.urls import path

from drive.web import again, disconnecting, folder, google, new_folder, overview

urlpatterns = [
    path("", overview.overview, name="drive"),
    path("google/connect/", google.connect, name="drive_google_connect"),
    path("google/callback/", google.callback, name="drive_google_callback"),
    path("<uuid:connection_id>/disconnect/", disconnecting.disconnect_connection, name="drive_disconnect"),
    path("<uuid:connection_id>/new/", new_folder.new_folder, name="drive_folder_new"),
    path("folders/<uuid:folder_id>/", folder.folder, name="drive_folder"),
    path("folders/<uuid:folder_id>/switch/", folder.switch_folder, name="drive_folder_switch"),
    path("folders/<uuid:folder_id>/settings/", folder.folder_settings, name="drive_folder_settings"),
    path("folders/<uuid:folder_id>/again/", again.make_again, name="drive_folder_again"),
    path("folders/<uuid:folder_id>/stop/", folder.stop_folder, name="drive_folder_stop"),
]
