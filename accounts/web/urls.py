"""Addresses of the pages of the account."""

from django.urls import path

from accounts.web import activity, data, google, keys, profile, security, sessions

urlpatterns = [
    path("", profile.profile, name="account_profile"),
    path("security/", security.security, name="account_security"),
    path("sessions/", sessions.sessions, name="account_sessions"),
    path("sessions/end/", sessions.end_others, name="account_sessions_end"),
    path("sessions/<int:session_id>/end/", sessions.end_one, name="account_session_end"),
    path("sessions/programs/<uuid:family_id>/end/", sessions.end_program, name="account_program_end"),
    path("activity/", activity.activity, name="account_activity"),
    path("data/", data.data, name="account_data"),
    path("data/export/", data.export, name="account_export"),
    path("data/<uuid:export_id>/download/", data.download, name="account_export_download"),
    path("delete/", data.delete, name="account_delete"),
    path("google/link/", google.link, name="google_link"),
    path("google/unlink/", google.unlink, name="google_unlink"),
    path("keys/", keys.keys, name="account_keys"),
    path("keys/new/", keys.new_key, name="account_key_new"),
    path("keys/<uuid:key_id>/revoke/", keys.revoke_key, name="account_key_revoke"),
]
