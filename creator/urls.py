"""All routes of the site; apps define their own."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from accounts.web.theme import theme
from billing.web.webhook import webhook
from creator.api.openapi import openapi
from creator.health import health, ready
from creator.http.files import serve_file
from creator.operations.views import operations
from drive.web.ring import ring

handler400 = "creator.http.error_views.bad_request"
handler403 = "creator.http.error_views.forbidden"
handler404 = "creator.http.error_views.not_found"
handler429 = "creator.http.error_views.too_many_requests"  # allauth calls it
handler500 = "creator.http.error_views.server_error"

urlpatterns = [
    path("health", health, name="health"),
    path("ready", ready, name="ready"),
    path("api/health", health),
    path("files/<str:token>/<str:name>", serve_file, name="file"),
    path("accounts/factors/", include("accounts.web.factor_urls")),
    path("accounts/", include("accounts.web.sign_in_urls")),
    path("accounts/", include("allauth.account.urls")),
    path("account/", include("accounts.web.urls")),
    path("", include("accounts.web.notifications.urls")),
    path("", include("billing.web.urls")),
    path("admin/operations/", admin.site.admin_view(operations), name="operations"),
    path("admin/", admin.site.urls),
    path("theme/", theme, name="theme"),
    path("stripe/webhook/", webhook, name="stripe_webhook"),
    path("drive/ring/", ring, name="drive_ring"),
    path("api/docs/", include("accounts.web.reference.urls")),
    path("api/v1/openapi.json", openapi, name="openapi"),
    path("api/v1/", include("accounts.api.urls")),
    path("api/v1/", include("billing.api.urls")),
    path("api/v1/", include("jobs.api.urls")),
    path("api/v1/", include("drive.api.urls")),
    path("drive/", include("drive.web.urls")),
    path("", include("jobs.web.urls")),
]
if settings.CONFIG.comfy_api:
    urlpatterns += [path("api/v2/", include("jobs.api_v2.urls"))]
