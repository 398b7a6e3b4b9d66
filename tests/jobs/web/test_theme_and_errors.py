"""The light or dark theme from a cookie, and the error pages."""

import pytest
from django.test import RequestFactory
from django.urls import reverse

from creator.http.error_views import csrf_failure, server_error


def test_the_chosen_colours_come_with_the_page(client, db):
    answer = client.post(reverse("theme"), {"theme": "dark", "next": "/presets/?x=1"})
    assert (answer.status_code, answer["Location"]) == (302, "/presets/?x=1")
    assert '<html lang="en" data-theme="dark">' in client.get("/").text
    client.post(reverse("theme"), {"theme": "system"})
    assert '<html lang="en">' in client.get("/").text


@pytest.mark.parametrize("elsewhere", ["https://example.org/", "//example.org", "javascript:alert(1)"])
def test_the_switch_leads_nowhere_else(client, db, elsewhere):
    assert client.post(reverse("theme"), {"theme": "dark", "next": elsewhere})["Location"] == "/"


def test_the_switch_takes_an_address_and_no_name_of_a_page(client, db):
    assert client.post(reverse("theme"), {"theme": "dark", "next": "home"})["Location"] == "home"


def test_an_unknown_theme_is_not_kept(client, db):
    assert "theme" not in client.post(reverse("theme"), {"theme": "pink"}).cookies
    client.cookies["theme"] = '"><script>'
    assert '<html lang="en">' in client.get("/").text


def test_a_missing_page_says_so_with_a_way_out_and_a_reference(client, db):
    answer = client.get("/nothing/here", headers={"X-Request-ID": "reference-1"})
    assert answer.status_code == 404
    assert ("<h1>Not found</h1>" in answer.text, 'href="/"' in answer.text, "reference-1" in answer.text) == (
        True,
    ) * 3


def test_programs_get_the_envelope_for_the_same(client, db):
    answer = client.get(
        "/nothing/here", headers={"Accept": "application/json", "X-Request-ID": "reference-2"}
    )
    error = answer.json()["error"]
    assert (error["code"], error["request_id"]) == ("not_found", "reference-2")


def test_the_page_of_a_fault_needs_no_database_no_session_and_no_manifest(settings):
    settings.STORAGES = settings.STORAGES | {"staticfiles": {"BACKEND": "does.not.Exist"}}
    request = RequestFactory().get("/", headers={"Accept": "text/html"})
    request.META["REQUEST_ID"] = "reference-3"
    answer = server_error(request)
    assert (answer.status_code, b"reference-3" in answer.content) == (500, True)
    assert b'href="/static/css/app.css"' in answer.content


def test_a_form_that_is_not_ours_is_refused_in_words(rf, cast):
    request = rf.post("/new/")
    request.user = cast.owner
    answer = csrf_failure(request, "Origin checking failed")
    assert answer.status_code == 403
    assert b"reload the page and try again" in answer.content
    assert b"Origin checking failed" not in answer.content
