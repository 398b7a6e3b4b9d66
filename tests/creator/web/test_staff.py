"""/admin/: for confirmed staff, by our sign-in and no other, within its limits; and nothing there changes a row."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.audit import record
from accounts.enums import SecurityEvent
from creator.platform.admin import RecordedAdmin
from creator.web.staff import BoundedPaginator, ReadOnlyAdmin

PASSWORD = "correct horse battery"
PAGE = {"Accept": "text/html"}
ADDRESSES = (
    "/admin/",
    "/admin/accounts/user/",
    "/admin/platform/auditline/",
    "/admin/nothing/",
    "/admin/login/",
)


@pytest.fixture
def boss(cast):
    """A superuser with a confirmed address."""
    cast.staff.is_superuser = True
    cast.staff.set_password(PASSWORD)
    cast.staff.save()
    EmailAddress.objects.create(user=cast.staff, email=cast.staff.email, primary=True, verified=True)
    return cast.staff


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_stranger_is_sent_to_our_sign_in(client, db, address):
    answer = client.get(address)
    assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/accounts/login/")


@pytest.mark.parametrize("address", ADDRESSES)
def test_people_who_are_not_staff_are_refused(client, cast, address):
    client.force_login(cast.owner)
    assert client.get(address, headers=PAGE).status_code == 403


@pytest.mark.parametrize("address", ADDRESSES)
def test_staff_without_a_confirmed_address_is_refused_and_told_why(client, cast, address):
    client.force_login(cast.staff)
    answer = client.get(address, headers=PAGE)
    assert answer.status_code == 403
    assert "confirmed email address" in answer.text


def test_staff_comes_in_by_the_sign_in_page_and_back_to_where_they_were(client, boss):
    sign_in = client.get("/admin/accounts/user/")["Location"]
    answer = client.post(
        sign_in, {"login": boss.email, "password": PASSWORD, "next": "/admin/accounts/user/"}
    )
    assert answer["Location"] == "/admin/accounts/user/"
    assert "owner@example.org" in client.get(answer["Location"]).text


def test_the_admin_s_own_sign_in_checks_no_password(client, boss):
    form = {"username": boss.email, "password": PASSWORD}
    answer = client.post("/admin/login/", form)
    assert answer["Location"].startswith("/accounts/login/")
    assert "_auth_user_id" not in client.session


def test_its_tries_count_with_those_of_the_sign_in_page(boss):
    for number in range(5):
        Client().post(
            "/admin/login/", {"username": boss.email, "password": "x"}, REMOTE_ADDR=f"192.0.2.{number}"
        )
    for path, field in (("/admin/login/", "username"), ("/accounts/login/", "login")):
        form = {field: boss.email, "password": PASSWORD}
        answer = Client().post(path, form, headers=PAGE, REMOTE_ADDR="192.0.2.9")
        assert answer.status_code == 429
        assert re.search(r"Wait \d+ seconds, then try again", answer.text)


def test_signed_in_staff_cannot_try_passwords_there(client, boss, cast):
    client.force_login(boss)
    answer = client.post("/admin/login/", {"username": cast.owner.email, "password": "wrong"})
    assert answer["Location"] == "/admin/"


def test_a_person_who_is_not_staff_has_no_more_tries_there_than_elsewhere(client, cast):
    client.force_login(cast.owner)
    statuses = [client.post("/admin/login/", {"username": "x"}, headers=PAGE).status_code for _ in range(6)]
    assert statuses == [403] * 5 + [429]


def test_signing_out_and_the_password_are_ours(client, boss):
    client.force_login(boss)
    assert client.get("/admin/password_change/")["Location"] == reverse("account_change_password")
    assert client.post("/admin/logout/")["Location"] == reverse("landing")
    assert "_auth_user_id" not in client.session


def test_nothing_there_changes_a_row(client, boss, cast):
    client.force_login(boss)
    line = record(SecurityEvent.SIGNED_UP, cast.owner)
    rows = f"/admin/accounts/user/{cast.owner.pk}/", f"/admin/platform/auditline/{line.pk}/"
    assert [client.get(f"{row}change/").status_code for row in rows] == [200, 200]
    changes = [
        client.post(f"{row}{what}/", {"email": "x@example.org", "post": "yes"})
        for row in rows
        for what in ("change", "delete")
    ]
    changes += [
        client.post(f"/admin/{model}/add/", {"email": "x@example.org"})
        for model in ("accounts/user", "platform/auditline")
    ]
    assert {answer.status_code for answer in changes} == {403}
    cast.owner.refresh_from_db()
    assert cast.owner.email == "owner@example.org"


def test_no_page_shows_the_hash_of_a_password(client, boss):
    client.force_login(boss)
    page = client.get(f"/admin/accounts/user/{boss.pk}/change/").text
    assert boss.password.rpartition("$")[2] not in page


def test_every_model_there_is_read_only_or_recorded():
    """`RecordedAdmin` writes an audit line of each change."""
    ours = {
        app.label
        for app in apps.get_app_configs()
        if app.name.split(".")[0] in ("creator", "accounts", "billing", "jobs", "drive")
    }
    assert all(
        isinstance(each, ReadOnlyAdmin | RecordedAdmin)
        for model, each in admin.site._registry.items()
        if model._meta.app_label in ours
    )


def test_staff_change_no_sign_in_of_a_person_by_forms_of_allauth():
    assert not [model for model in admin.site._registry if model.__module__.startswith("allauth.")]


def test_rows_are_counted_up_to_a_bound(cast, monkeypatch, django_assert_num_queries):
    for _ in range(5):
        record(SecurityEvent.SIGNED_IN, cast.owner)
    monkeypatch.setattr("creator.web.staff.MOST_COUNTED", 3)
    lines = type(record(SecurityEvent.SIGNED_IN, cast.owner)).objects.all()
    with django_assert_num_queries(1) as asked:
        assert BoundedPaginator(lines, 2).count == 3
    assert "LIMIT 3" in asked[0]["sql"]


def test_more_rows_take_no_more_queries(client, boss, cast):
    client.force_login(boss)

    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert client.get("/admin/platform/auditline/").status_code == 200
        return len(asked)

    queries()  # the first request of a session notes the device
    record(SecurityEvent.SIGNED_IN, cast.owner)
    few = queries()
    for _ in range(20):
        record(SecurityEvent.SIGNED_IN, cast.owner)
    assert queries() == few
