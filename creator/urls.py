"""Every route of the site; apps bring their own."""

from django.urls import include, path

from creator.files import serve_file
from creator.health import health, ready

handler400 = "creator.views.bad_request"
handler403 = "creator.views.forbidden"
handler404 = "creator.views.not_found"
handler500 = "creator.views.server_error"

urlpatterns = [
    path("health", health, name="health"),
    path("ready", ready, name="ready"),
    path("api/health", health),
    path("files/<str:token>/<str:name>", serve_file, name="file"),
    path("accounts/", include("allauth.account.urls")),
    path("api/v1/", include("jobs.api.urls")),
    path("", include("jobs.web.urls")),
]
