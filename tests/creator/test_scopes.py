"""Every address of the API and every socket asks for its scope, and a key with that one alone may go on."""

import re
import uuid

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory

from accounts.api_keys import make_api_key
from accounts.enums import Scope
from creator.api.views import ApiView
from jobs.streaming.routing import SocketRouter

ID = uuid.UUID(int=7)
READ, WRITE, HOOKS = Scope.JOBS_READ, Scope.JOBS_WRITE, Scope.WEBHOOKS_WRITE
SEES, WATCHES = Scope.DRIVE_READ, Scope.DRIVE_WRITE
OPEN = {"POST": None}
"""For everybody: it is how a program signs in, or it is called with a refresh token."""
NEEDED = {
    "api_me": {"GET": Scope.ACCOUNT_READ},
    "api_register": OPEN,
    "api_verify": OPEN,
    "api_login": OPEN,
    "api_second_factor": OPEN,
    "api_google": OPEN,
    "api_google_callback": {"GET": None},
    "api_google_tokens": OPEN,
    "api_refresh": OPEN,
    "api_logout": OPEN,
    "api_forgot_password": OPEN,
    "api_reset_password": OPEN,
    "api_keys": {"GET": Scope.ACCOUNT_READ, "POST": Scope.ACCOUNT_WRITE},
    "api_key": {"GET": Scope.ACCOUNT_READ, "DELETE": Scope.ACCOUNT_WRITE},
    "api_usage": {"GET": Scope.ACCOUNT_READ},
    "api_plans": {"GET": Scope.ACCOUNT_READ},
    "api_billing": {"GET": Scope.ACCOUNT_READ},
    "api_account": {"GET": Scope.ACCOUNT_READ, "PATCH": Scope.ACCOUNT_WRITE},
    "api_dashboard": {"GET": READ},
    "api_models": {"GET": READ},
    "api_presets": {"GET": READ},
    "api_preset": {"GET": READ},
    "api_uploads": {"POST": WRITE},
    "api_partial_uploads": {"POST": WRITE},
    "api_partial_upload": {"GET": WRITE, "PATCH": WRITE, "DELETE": WRITE},
    "api_upload": {"GET": READ, "DELETE": WRITE},
    "api_jobs": {"GET": READ, "POST": WRITE},
    "api_job": {"GET": READ, "DELETE": WRITE},
    "api_job_cancel": {"POST": WRITE},
    "api_job_retry": {"POST": WRITE},
    "api_job_vary": {"POST": WRITE},
    "api_job_events": {"GET": READ},
    "api_job_preview": {"GET": READ},
    "api_artifact": {"GET": READ},
    "api_artifact_content": {"GET": READ},
    "api_batches": {"POST": WRITE},
    "api_batch": {"GET": READ},
    "api_batch_cancel": {"POST": WRITE},
    "api_batch_events": {"GET": READ},
    "api_batch_zip": {"GET": READ},
    "api_events": {"GET": READ},
    "api_drive_connections": {"GET": SEES},
    "api_drive_connection": {"GET": SEES, "DELETE": WATCHES},
    "api_drive_browse": {"GET": SEES},
    "api_drive_folders": {"GET": SEES, "POST": WATCHES},
    "api_drive_folder": {"GET": SEES, "PATCH": WATCHES, "DELETE": WATCHES},
    "api_drive_files": {"GET": SEES},
    "api_drive_pause": {"POST": WATCHES},
    "api_drive_resume": {"POST": WATCHES},
    "api_drive_again": {"GET": SEES, "POST": WATCHES},
    "api_webhooks": {"GET": Scope.ACCOUNT_READ, "POST": HOOKS},
    "api_webhook": {"GET": Scope.ACCOUNT_READ, "PATCH": HOOKS, "DELETE": HOOKS},
    "api_webhook_secret": {"POST": HOOKS},
    "api_webhook_test": {"POST": HOOKS},
    "api_webhook_deliveries": {"GET": Scope.ACCOUNT_READ},
    "api_webhook_redeliver": {"POST": HOOKS},
}
"""Route → method → scope."""
NEEDED_OF_V2 = {
    "v2_assets": {"POST": WRITE},
    "v2_asset_from_hash": {"POST": WRITE},
    "v2_asset_by_hash": {"HEAD": READ},
    "v2_asset": {"GET": READ, "DELETE": WRITE},
    "v2_asset_content": {"GET": READ},
    "v2_jobs": {"GET": READ, "POST": WRITE},
    "v2_job": {"GET": READ},
    "v2_job_cancel": {"POST": WRITE},
    "v2_job_events": {"GET": READ},
    "v2_job_workflow": {"GET": READ},
    "v2_job_logs": {"GET": READ},
    "v2_workflows": {"GET": READ},
    "v2_workflow": {"GET": READ},
}
"""The same of the Comfy API v2."""
IN_THREADS = pytest.mark.django_db(transaction=True)
"""The views of events read rows in threads of their own."""
CASES = [
    pytest.param(route, method, marks=[IN_THREADS] if route.endswith("_events") else [])
    for route, methods in (NEEDED | NEEDED_OF_V2).items()
    for method, scope in methods.items()
    if scope
]


def routes_of_the_api(below: str = "api/v1/") -> dict[str, URLPattern]:
    """Name → route, for all below that path."""
    inside = [each for each in get_resolver().url_patterns if str(each.pattern) == below]
    return {route.name: route for each in inside for route in each.url_patterns}


def methods_of(route: URLPattern) -> set[str]:
    view = getattr(route.callback, "view_class", None)
    if view is None:
        return {"GET"}  # an asynchronous view, which takes no other
    return {method.upper() for method in view.http_method_names if hasattr(view, method)} - {"OPTIONS"}


def ask(cast, route: str, method: str, *scopes: Scope):
    _, secret = make_api_key(owner=cast.owner, name="test", scopes=scopes)
    below = "api/v2/" if route in NEEDED_OF_V2 else "api/v1/"
    path = re.sub(r"<\w+:\w+>", str(ID), str(routes_of_the_api(below)[route].pattern))
    return Client(headers={"X-API-Key": secret}).generic(method, f"/{below}{path}")


@pytest.mark.parametrize(("below", "needed"), [("api/v1/", NEEDED), ("api/v2/", NEEDED_OF_V2)])
def test_every_route_and_method_is_in_the_table(below, needed):
    assert {name: methods_of(route) for name, route in routes_of_the_api(below).items()} == {
        route: set(methods) for route, methods in needed.items()
    }


@pytest.mark.parametrize(("route", "method"), CASES)
def test_a_key_without_the_scope_is_refused_and_told_which_is_missing(cast, route, method):
    needed = (NEEDED | NEEDED_OF_V2)[route][method]
    answer = ask(cast, route, method, *(scope for scope in Scope if scope != needed))
    assert answer.status_code == 403
    if method != "HEAD":
        error = answer.json()["error"]
        code = "forbidden" if route in NEEDED_OF_V2 else "not_allowed"
        assert (error["code"], error["details"]) == (code, {"scope": needed})
    assert answer["WWW-Authenticate"] == (
        f'Bearer realm="api", error="insufficient_scope", scope="{needed.value}"'
    )


@pytest.mark.parametrize(("route", "method"), CASES)
def test_a_key_with_that_scope_alone_goes_on(cast, route, method):
    assert ask(cast, route, method, (NEEDED | NEEDED_OF_V2)[route][method]).status_code not in (401, 403)


class Undeclared(ApiView):
    def get(self, request: Request) -> Response:
        return Response({})


def test_a_view_that_declares_no_scope_is_refused(cast):
    _, secret = make_api_key(owner=cast.owner, name="test", scopes=Scope)
    answer = Undeclared.as_view()(APIRequestFactory().get("/", headers={"X-API-Key": secret}))
    assert answer.status_code == 403


def test_every_socket_for_programs_declares_its_scope():
    sockets = {str(route.pattern): route.callback.consumer_class for route in SocketRouter().router.routes}
    assert {path: socket.program_scope for path, socket in sockets.items()} == {
        "ws/jobs/<uuid:job_id>": READ,
        "ws/jobs/<uuid:job_id>/html": None,
        "ws/me": None,
    }
