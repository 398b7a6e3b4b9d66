"""The profile, and what follows from it: times in the person's zone, their colours on every device."""

from datetime import UTC, datetime

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.preferences import time_zone_choices
from creator.http.file_links import file_link
from creator.platform.audit import write_audit_line
from creator.platform.models import AuditLine

PROFILE = {"name": "Ada Example", "time_zone": "", "language": "en", "theme": "", "keep_copyright": "on"}


def save(client, **changed):
    return client.post(reverse("account_profile"), PROFILE | changed)


def stored(user, *names):
    return User.objects.values_list(*names).get(pk=user.pk)


def test_the_profile_is_stored_and_shown(client, cast):
    client.force_login(cast.owner)
    answer = save(client, name="  Ada\n  Example ", time_zone="Europe/Vienna", language="PT_br", theme="dark")
    assert (answer.status_code, answer["Location"]) == (302, "/account/")
    assert stored(cast.owner, "name", "time_zone", "language", "theme") == (
        "Ada Example",
        "Europe/Vienna",
        "pt-BR",
        "dark",
    )
    page = client.get("/account/").text
    assert 'value="Ada Example"' in page
    assert '<option value="Europe/Vienna" selected>' in page
    assert stored(cast.other, "name", "time_zone", "language", "theme") == ("", "", "en", "")


def test_notices_in_results_can_be_turned_off(client, cast):
    client.force_login(cast.owner)
    client.post(reverse("account_profile"), {k: v for k, v in PROFILE.items() if k != "keep_copyright"})
    assert stored(cast.owner, "keep_copyright") == (False,)


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("time_zone", "Europe/Atlantis", "Select a valid choice"),
        ("language", "not a language", "Enter a language tag, such as en, de or pt-BR."),
        ("language", "en-", "Enter a language tag, such as en, de or pt-BR."),
        ("theme", "pink", "Select a valid choice"),
        ("name", "x" * 101, "at most 100 characters"),
    ],
)
def test_a_refused_profile_says_why_and_changes_nothing(client, cast, field, value, words):
    client.force_login(cast.owner)
    answer = save(client, **{field: value})
    assert answer.status_code == 422
    assert words in answer.text
    assert stored(cast.owner, "name", field) == ("", getattr(cast.stranger, field))


@pytest.mark.parametrize(
    ("tag", "language"), [("DE", "de"), ("zh_hant_tw", "zh-Hant-TW"), ("es-419", "es-419"), ("", "en")]
)
def test_a_language_is_stored_in_its_usual_case(client, cast, tag, language):
    client.force_login(cast.owner)
    save(client, language=tag)
    assert stored(cast.owner, "language") == (language,)


def test_the_fields_that_a_form_does_not_have_cannot_be_changed(client, cast):
    client.force_login(cast.owner)
    save(client, is_staff="on", is_superuser="on", email="other@example.org")
    assert stored(cast.owner, "is_staff", "is_superuser", "email") == (False, False, cast.owner.email)


def shown_at(client, user):
    line = write_audit_line("signed_in", f"user:{user.pk}")
    AuditLine.objects.filter(pk=line.pk).update(at=datetime(2026, 7, 1, 22, 30, tzinfo=UTC))
    client.force_login(user)
    return client.get(reverse("account_activity")).text


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("Europe/Vienna", "2 Jul 2026, 00:30 CEST"),
        ("America/Sao_Paulo", "1 Jul 2026, 19:30 UTC-03"),
        ("UTC", "1 Jul 2026, 22:30 UTC"),
    ],
)
def test_times_are_shown_in_the_chosen_zone_and_no_script_changes_them(client, cast, zone, shown):
    User.objects.filter(pk=cast.owner.pk).update(time_zone=zone)
    page = shown_at(client, cast.owner)
    assert (f">{shown}</time>" in page, "<local-time" in page) == (True, False)


def test_without_a_chosen_zone_the_browser_decides_and_no_zone_of_another_person_stays(client, cast):
    User.objects.filter(pk=cast.other.pk).update(time_zone="Europe/Vienna")
    shown_at(client, cast.other)
    page = shown_at(client, cast.owner)
    assert (">1 Jul 2026, 22:30 UTC</time></local-time>" in page, "CEST" in page) == (True, False)


def test_every_choice_of_a_zone_exists_and_a_zone_that_is_gone_does_no_harm(client, cast):
    assert [name for name in time_zone_choices() if name and not User(time_zone=name).zone] == []
    User.objects.filter(pk=cast.owner.pk).update(time_zone="Europe/Atlantis")
    assert "22:30 UTC</time></local-time>" in shown_at(client, cast.owner)


def test_a_theme_follows_its_person_to_another_device_and_stays_there(client, cast):
    client.force_login(cast.owner)
    client.post(reverse("theme"), {"theme": "dark", "next": "/"})
    device = Client()
    device.cookies["theme"] = "light"
    assert 'data-theme="light"' in device.get("/").text
    device.force_login(cast.owner)
    assert 'data-theme="dark"' in device.get("/").text
    del device.cookies["sessionid"]
    assert (device.cookies["theme"].value, 'data-theme="dark"' in device.get("/").text) == ("dark", True)


def test_a_person_without_a_theme_keeps_that_of_the_device(client, cast):
    client.cookies["theme"] = "light"
    client.force_login(cast.owner)
    answer = client.get("/")
    assert ('data-theme="light"' in answer.text, "theme" in answer.cookies) == (True, False)


def test_programs_and_files_cost_no_query_for_preferences(client, cast, django_assert_num_queries):
    client.force_login(cast.owner)
    default_storage.save("results/x.png", ContentFile(b"x"))
    with django_assert_num_queries(0):
        assert client.get(file_link("results/x.png", name="x.png")).status_code == 200
        assert client.get("/api/health").status_code == 200
    default_storage.delete("results/x.png")
