"""Every address of the site with its door. A new address needs a row here; `doors.py` explains the words.

More rows for one address stand for methods with another door.
"""

from __future__ import annotations

from django.urls import get_resolver

from tests.creator.every_url import every_route
from tests.creator.roles.doors import Row, anything, api, form, page

STAFF_AREA = [route for route in every_route(get_resolver()) if route.startswith("/admin/")]
"""Its pages are Django's, behind one door."""

ROWS: list[Row] = [
    # What anybody may see. A signed link to a file is itself the right to read it. Production has no /mail/.
    page("/mail/", "open", GET=200),
    page("/mail/<slug:name>/", "open", GET=200),
    page("/mail/<slug:name>/<slug:scheme>/", "open", GET=200),
    anything("/health", "open", 200),
    anything("/ready", "open", 200),
    anything("/api/health", "open", 200),
    anything("/files/<str:token>/<str:name>", "open", 200),
    page("/theme/", "open", POST=302),
    # Signed by Stripe; without a secret there is nothing to check it with.
    page("/stripe/webhook/", "open", POST=404),
    page("/", "open", GET=200),
    page("/presets/", "open", GET=200),
    page("/presets/<slug:slug>/", "open", GET=200),
    page("/pricing/", "open", GET=200),
    # Sign-in. The links of mails have a wrong key here.
    form("/accounts/login/", "guest", GET=200, POST=200, PUT=200),
    form("/accounts/signup/", "guest", GET=200, POST=200, PUT=200),
    anything("/accounts/login/code/confirm/", "guest", "sign-in"),
    form("/accounts/logout/", "open"),
    form("/accounts/logout/", "leaving", GET=200, POST=302),
    form("/accounts/inactive/", "open", GET=200),
    Row("/accounts/confirm-email/", "unconfirmed", {"POST": 302}),
    form("/accounts/confirm-email/", "open", GET=200),
    form("/accounts/confirm-email/<key>/", "open", GET=200, POST=200),
    form("/accounts/password/reset/", "open", GET=200, POST=200, PUT=200),
    form("/accounts/password/reset/done/", "open", GET=200),
    anything("/accounts/password/reset/key/<uidb36>-<key>/", "open", 200),
    form("/accounts/password/reset/key/done/", "open", GET=200),
    # Google is not set up here: whoever may ask is told that it is not offered.
    page("/accounts/google/", "open", POST=404),
    page("/accounts/google/callback/", "open", GET=401),
    page("/account/google/link/", "person_now", POST=404),
    page("/account/google/unlink/", "person_now", GET=404, POST=404),
    page("/api/v1/auth/google", "open", POST=422),
    page("/api/v1/auth/google/callback", "open", GET=401),
    page("/api/v1/auth/google/tokens", "open", POST=422),
    page("/api/v1/openapi.json", "open", GET=200),
    page("/api/docs/", "open", GET=200),
    page("/api/docs/key/", "person_now", POST=200),
    page("/api/docs/<slug:tag>/", "open", GET=200),
    # The account.
    page("/accounts/email/", "person", GET=200, POST=302),
    page("/accounts/email/change/", "person_now", GET=200, POST=200),
    page("/accounts/email/confirm/<str:key>/", "open", GET=200, POST=200),
    page("/accounts/reauthenticate/mail/", "person", GET="again", POST="again"),
    page("/accounts/reauthenticate/mail/<str:token>/", "person", GET=410),
    form("/accounts/password/change/", "person", GET=200, POST=200, PUT=200),
    anything("/accounts/password/set/", "person_now", 302),
    form("/accounts/reauthenticate/", "person", GET=200, POST=200, PUT=200),
    page("/account/", "person", GET=200, POST=200),
    page("/account/activity/", "person", GET=200),
    page("/billing/caps/", "person_now", GET=200, POST=302),
    page("/billing/usage/", "person", GET=200),
    page("/billing/usage.csv", "person", GET=200),
    page("/account/keys/", "person", GET=200),
    page("/account/keys/new/", "person_now", GET=200, POST=200),
    page("/account/keys/<uuid:key_id>/revoke/", "owner", GET=200, POST=302),
    page("/notifications/", "person", GET=200, POST=400),
    page("/notifications/unsubscribe/<str:token>/", "open", GET=404, POST=404),
    page("/account/security/", "person", GET=200),
    # Ending what is another person's changes nothing and says nothing.
    page("/account/sessions/", "person", GET=200),
    page("/account/sessions/end/", "person", POST=302),
    page("/account/sessions/<int:session_id>/end/", "person", POST=302),
    page("/account/sessions/programs/<uuid:family_id>/end/", "person", POST=302),
    page("/account/data/", "person", GET=200),
    page("/account/data/export/", "person_now", POST=302),
    page("/account/data/<uuid:export_id>/download/", "owner_now", GET=404),
    page("/account/delete/", "person", GET=200, POST=422),
    # Plans and credits.
    page("/billing/", "person", GET=200),
    page("/billing/return/", "person", GET=302),
    # No plan and no pack has the name of the example, and nobody here has a subscription.
    page("/billing/subscribe/<slug:plan>/", "person", POST=404),
    page("/billing/top-up/<slug:pack>/", "person", POST=404),
    page("/billing/change/<slug:plan>/", "person", GET=404, POST=404),
    page("/billing/cancel/", "person", GET=200, POST=302),
    page("/billing/resume/", "person", POST=302),
    page("/billing/portal/", "person", POST=404),
    # Second factors: the owner has an app, codes and a passkey, the others have none.
    anything("/accounts/factors/", "open", 302),
    anything("/accounts/factors/authenticate/", "guest", "sign-in"),
    form("/accounts/factors/reauthenticate/", "with_factor", GET=200, POST=200, PUT=200),
    form("/accounts/factors/app/add/", "new_app", GET=200, POST=200, PUT=200, PATCH=405, DELETE=405),
    form("/accounts/factors/app/remove/", "owner_now", GET=200, POST=302, PUT=302, PATCH=405, DELETE=405),
    form("/accounts/factors/codes/", "person_now"),
    form("/accounts/factors/codes/", "owner_now", GET=200),
    form("/accounts/factors/codes/file/", "owner_now", GET=200, POST=405, PUT=405, PATCH=405, DELETE=405),
    form("/accounts/factors/codes/new/", "person_now", GET=200),
    form("/accounts/factors/codes/new/", "new_codes", POST=302, PUT=302),
    anything("/accounts/factors/passkeys/", "open", 302),
    form("/accounts/factors/passkeys/sign-in/", "guest", GET="sign-in", POST="sign-in", PUT="sign-in"),
    form("/accounts/factors/passkeys/reauthenticate/", "with_factor", GET=200, POST="sign-in", PUT="sign-in"),
    form("/accounts/factors/passkeys/add/", "person_now", GET=200, POST=200, PUT=200),
    form("/accounts/factors/passkeys/<int:pk>/name/", "person_now"),
    form("/accounts/factors/passkeys/<int:pk>/name/", "owner_now", GET=200, POST=200, PUT=200),
    form("/accounts/factors/passkeys/<int:pk>/remove/", "person_now"),
    form("/accounts/factors/passkeys/<int:pk>/remove/", "owner_now", GET=200, POST=302, DELETE=302),
    # Work. A request without a preset is refused with 409.
    page("/home/", "person", GET=200),
    page("/new/", "person", GET=200, POST=409),
    page("/new/sizes/", "person", GET=409),
    page("/uploads/", "person", POST=400),
    page("/jobs/", "person", GET=200),
    page("/jobs/<uuid:job_id>/", "owner", GET=200),
    page("/jobs/<uuid:job_id>/cancel/", "owner", GET=200, POST=302),
    page("/jobs/<uuid:job_id>/retry/", "owner", POST=302),
    page("/jobs/<uuid:job_id>/vary/", "owner", POST=302),
    page("/jobs/<uuid:job_id>/preview/", "owner", GET=200),
    page("/jobs/<uuid:job_id>/download/", "owner", GET=302),
    page("/batches/<uuid:batch_id>/cancel/", "owner", GET=200, POST="home"),
    page("/batches/<uuid:batch_id>/zip/", "owner", GET=200),
    api("/api/v1/keys", "api_read", GET=200),
    api("/api/v1/keys", "api_write", POST=422),
    api("/api/v1/keys/<uuid:key_id>", "owned_read", GET=200),
    api("/api/v1/keys/<uuid:key_id>", "owned_write", DELETE=204),
    # How programs sign in: for everybody, and a session or key changes nothing.
    *(
        page(f"/api/v1/auth/{each}", "open", POST=422)
        for each in (
            "register",
            "verify",
            "login",
            "login/second-factor",
            "forgot-password",
            "reset-password",
        )
    ),
    page("/api/v1/auth/refresh", "open", POST=401),
    page("/api/v1/auth/logout", "program_out", POST=200),
    api("/api/v1/auth/me", "api_read", GET=200),
    api("/api/v1/account", "api_read", GET=200),
    api("/api/v1/account", "api_write", PATCH=200),
    api("/api/v1/usage", "api_read", GET=200),
    api("/api/v1/plans", "api_read", GET=200),
    api("/api/v1/billing", "api_read", GET=200),
    # The API. Repeating a job that has not ended is too early.
    api("/api/v1/dashboard", "api_read", GET=200),
    api("/api/v1/models", "api_read", GET=200),
    api("/api/v1/presets", "api_read", GET=200),
    api("/api/v1/presets/<slug:slug>", "api_read", GET=200),
    api("/api/v1/uploads", "api_write", POST=422),
    # A job in progress uses the photo.
    api("/api/v1/uploads/<uuid:upload_id>", "owned_read", GET=200),
    api("/api/v1/uploads/<uuid:upload_id>", "owned_write", DELETE=409),
    api("/api/v1/jobs", "api_read", GET=200),
    api("/api/v1/jobs", "api_write", POST=422),
    api("/api/v1/jobs/<uuid:job_id>", "owned_read", GET=200),
    api("/api/v1/jobs/<uuid:job_id>/cancel", "owned_write", POST=200),
    api("/api/v1/jobs/<uuid:job_id>/retry", "owned_write", POST=409),
    api("/api/v1/jobs/<uuid:job_id>/vary", "owned_write", POST=409),
    page("/api/v1/jobs/<uuid:job_id>/events", "owned_read", GET=200),
    api("/api/v1/jobs/<uuid:job_id>/preview", "owned_read", GET=200),
    api("/api/v1/batches", "api_write", POST=422),
    api("/api/v1/batches/<uuid:batch_id>", "owned_read", GET=200),
    api("/api/v1/batches/<uuid:batch_id>/cancel", "owned_write", POST=200),
    api("/api/v1/batches/<uuid:batch_id>/zip", "owned_read", GET=200),
    # The Comfy API v2. The asset is the result of the job, which is deleted with it only.
    api("/api/v2/assets", "api_write", POST=415),
    api("/api/v2/assets/from-hash", "api_write", POST=422),
    api("/api/v2/assets/by-hash/<str:content_hash>", "api_read", HEAD=404),
    api("/api/v2/assets/<uuid:asset_id>", "owned_read", GET=200),
    api("/api/v2/assets/<uuid:asset_id>", "owned_write", DELETE=409),
    api("/api/v2/assets/<uuid:asset_id>/content", "owned_read", GET=302),
    api("/api/v2/jobs", "api_read", GET=200),
    api("/api/v2/jobs", "api_write", POST=422),
    api("/api/v2/jobs/<uuid:job_id>", "owned_read", GET=200),
    api("/api/v2/jobs/<uuid:job_id>/cancel", "owned_write", POST=200),
    page("/api/v2/jobs/<uuid:job_id>/events", "owned_read", GET=200),
    api("/api/v2/jobs/<uuid:job_id>/workflow", "owned_read", GET=200),
    api("/api/v2/jobs/<uuid:job_id>/logs", "owned_read", GET=204),
    api("/api/v2/workflows", "api_read", GET=200),
    api("/api/v2/workflows/<slug:slug>", "api_read", GET=200),
    *(anything(route, "staff_area", 403) for route in STAFF_AREA),
]

SOCKETS: dict[str, str] = {
    "/ws/me": "my_socket",
    "/ws/jobs/<uuid:job_id>": "job_socket",
    "/ws/jobs/<uuid:job_id>/html": "page_socket",
}
"""Route → door. Those who get in are answered with 101."""
