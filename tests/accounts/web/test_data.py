"""The pages on which people take their data with them or delete their account."""

from datetime import timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
from django.test import AsyncClient, Client
from django.urls import reverse
from django.utils import timezone

from accounts.erasure import pending_erasure
from accounts.export import make_due_exports
from accounts.models import DataExport, User
from creator.platform.models import AuditLine

PASSWORD = "a long enough sentence"


@pytest.fixture
def person(cast):
    cast.owner.set_password(PASSWORD)
    cast.owner.save()
    return cast.owner


@pytest.fixture
def proved(client, person):
    """Signed in, and proved again."""
    client.force_login(person)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


def ask(proved):
    return proved.post(reverse("account_export"), follow=True)


def download_page(export):
    return reverse("account_export_download", args=[export.pk])


@pytest.mark.parametrize(("name", "method"), [("account_export", "post"), ("account_export_download", "get")])
def test_who_has_not_proved_lately_who_they_are_is_asked_first(client, person, name, method):
    client.force_login(person)
    export = DataExport.objects.create(owner=person)
    address = reverse(name, args=[export.pk] if "download" in name else [])
    answer = getattr(client, method)(address)
    assert answer["Location"].startswith(reverse("account_reauthenticate"))
    assert DataExport.objects.count() == 1


def test_an_export_is_asked_for_made_and_listed(proved, person):
    assert "Your data is being collected." in ask(proved).text
    assert "In progress" in proved.get(reverse("account_data")).text
    assert "In progress" in ask(proved).text
    assert DataExport.objects.count() == 1
    make_due_exports()
    page = proved.get(reverse("account_data")).text
    assert (">Ready<" in page, download_page(DataExport.objects.get()) in page) == (True, True)


@pytest.mark.django_db(transaction=True)
async def test_its_person_downloads_it_and_nobody_else(person, cast):
    from asgiref.sync import sync_to_async

    client, other = AsyncClient(), AsyncClient()
    for each, user in ((client, person), (other, cast.other)):
        await sync_to_async(user.set_password)(PASSWORD)
        await user.asave()
        await each.aforce_login(user)
        await each.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    await client.post(reverse("account_export"))
    await sync_to_async(make_due_exports)()
    export = await DataExport.objects.aget()
    answer = await client.get(download_page(export))
    content = b"".join([part async for part in answer])
    assert ZipFile(BytesIO(content)).testzip() is None
    assert (answer["Content-Type"], answer["Cache-Control"], answer["Content-Disposition"]) == (
        "application/octet-stream",
        "private, no-store",
        f'attachment; filename="creator-{export.created_at:%Y-%m-%d}.zip"',
    )
    assert (await other.get(download_page(export))).status_code == 404
    assert (await AsyncClient().get(download_page(export)))["Location"].startswith("/accounts/login/")
    assert await AuditLine.objects.filter(action="export_fetched").acount() == 1


def test_an_expired_export_says_so(proved, person):
    past = timezone.now() - timedelta(days=1)
    export = DataExport.objects.create(owner=person, done_at=past, expires_at=past)
    answer = proved.get(download_page(export))
    assert (answer.status_code, "no longer stored" in answer.text) == (410, True)
    assert ">Expired<" in proved.get(reverse("account_data")).text


def test_too_many_a_day_are_refused_with_the_time_to_wait(proved, person):
    for _ in range(3):
        ask(proved)
        make_due_exports()
    assert "You can ask for 3 exports in 24 hours. Ask again in 2" in ask(proved).text


def test_deleting_asks_for_the_password_and_signs_out(proved, person):
    refused = proved.post(reverse("account_delete"), {"password": "wrong"})
    assert (refused.status_code, "This is not your password." in refused.text) == (422, True)
    assert pending_erasure(person) is None
    answer = proved.post(reverse("account_delete"), {"password": PASSWORD}, follow=True)
    assert "Your account will be deleted on" in answer.text
    assert pending_erasure(person) is not None
    assert proved.get(reverse("home")).status_code == 302


def test_the_day_is_told_in_the_time_zone_of_the_person(proved, person):
    User.objects.filter(pk=person.pk).update(time_zone="Asia/Tokyo")
    answer = proved.post(reverse("account_delete"), {"password": PASSWORD}, follow=True)
    assert "JST. If you want to keep it" in answer.text


def test_who_has_no_password_proves_otherwise_who_they_are(client, cast):
    cast.owner.set_unusable_password()
    cast.owner.save()
    client.force_login(cast.owner)
    answer = client.post(reverse("account_delete"))
    assert (answer.status_code, pending_erasure(cast.owner)) == (302, None)
    assert answer["Location"] != reverse("account_login")


def test_guessing_the_password_there_is_limited(proved, person):
    answers = [proved.post(reverse("account_delete"), {"password": "wrong"}) for _ in range(6)]
    assert answers[-1].status_code == 429
    assert proved.post(reverse("account_delete"), {"password": PASSWORD}).status_code == 429
    assert pending_erasure(person) is None


def test_strangers_are_sent_to_sign_in(db):
    for name in ("account_data", "account_delete"):
        assert Client().get(reverse(name))["Location"] == f"/accounts/login/?next={reverse(name)}"
