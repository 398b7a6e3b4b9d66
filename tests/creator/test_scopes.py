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
READ, WRITE = Scope.JOBS_READ, Scope.JOBS_WRITE
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
    "api_upload": {"GET": READ, "DELETE": WRITE},
    "api_jobs": {"GET": READ, "POST": WRITE},
    "api_job": {"GET": READ},
    "api_job_cancel": {"POST": WRITE},
    "api_job_retry": {"POST": WRITE},
    "api_job_vary": {"POST": WRITE},
    "api_job_events": {"GET": READ},
    "api_job_preview": {"GET": READ},
    "api_batches": {"POST": WRITE},
    "api_batch": {"GET": READ},
    "api_batch_cancel": {"POST": WRITE},
    "api_batch_zip": {"GET": READ},
}
"""Route → method → scope."""
IN_THREADS = pytest.mark.django_db(transaction=True)
"""The view of events reads rows in threads of its own."""
CASES = [
    pytest.param(route, method, marks=[IN_THREADS] if route == "api_job_events" else [])
    for route, methods in NEEDED.items()
    for method, scope in methods.items()
    if scope
]


def routes_of_the_api() -> dict[str, URLPattern]:
    """Name → route, for all below /api/v1/."""
    inside = [each for each in get_resolver().url_patterns if str(each.pattern) == "api/v1/"]
    return {route.name: route for each in inside for route in each.url_patterns}


def methods_of(route: URLPattern) -> set[str]:
    view = getattr(route.callback, "view_class", None)
    if view is None:
        return {"GET"}  # an asynchronous view, which takes no other
    return {method.upper() for method in view.http_method_names if hasattr(view, method)}


def ask(cast, route: str, method: str, *scopes: Scope):
    _, secret = make_api_key(owner=cast.owner, name="test", scopes=scopes)
    path = str(routes_of_the_api()[route].pattern)
    path = re.sub(r"<uuid:\w+>", str(ID), path)
    path = path.replace("<slug:slug>", "cinematic")
    return Client(headers={"X-API-Key": secret}).generic(method, f"/api/v1/{path}")


def test_every_route_and_method_is_in_the_table():
    assert {name: methods_of(route) for name, route in routes_of_the_api().items()} == {
        route: set(methods) for route, methods in NEEDED.items()
    }


@pytest.mark.parametrize(("route", "method"), CASES)
def test_a_key_without_the_scope_is_refused_and_told_which_is_missing(cast, route, method):
    needed = NEEDED[route][method]
    answer = ask(cast, route, method, *(scope for scope in Scope if scope != needed))
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], error["details"]) == (403, "not_allowed", {"scope": needed})
    assert answer["WWW-Authenticate"] == (
        f'Bearer realm="api", error="insufficient_scope", scope="{needed.value}"'
    )


@pytest.mark.parametrize(("route", "method"), CASES)
def test_a_key_with_that_scope_alone_goes_on(cast, route, method):
    assert ask(cast, route, method, NEEDED[route][method]).status_code not in (401, 403)


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
