"""Staff look up watched folders by their owner or an id, follow links between rows, and change none."""

import re

import pytest
from django.contrib.admin.utils import quote
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from drive.models import Channel, Connection, FoundFile, WatchedFolder, WrittenFile
from jobs.enums import JobStatus
from tests.billing.admin.conftest import boss, pages  # noqa: F401  (fixtures)
from tests.jobs.web.conftest import able_node, make_job, make_upload  # noqa: F401  (fixtures)

MODELS = (Connection, Channel, WatchedFolder, FoundFile, WrittenFile)
SECRETS = ("ACCESS-OF-IT", "CURSOR-OF-IT", "d1ge57")


def list_of(model) -> str:
    return reverse(f"admin:drive_{model._meta.model_name}_changelist")


def page_of(row) -> str:
    return reverse(f"admin:drive_{row._meta.model_name}_change", args=[quote(row.pk)])


@pytest.fixture
def fill(connection, folder, take, make_job):  # noqa: F811
    """Adds one row of each kind."""
    Connection.objects.update(access="ACCESS-OF-IT", cursor="CURSOR-OF-IT")

    def add(name: str) -> None:
        file = take(f"{name}.jpg", job=make_job(JobStatus.COMPLETED))
        Channel.objects.create(
            connection=connection, token_sha256=f"d1ge57{name}", expires_at=timezone.now(), resource_id=name
        )
        WrittenFile.objects.create(
            folder=folder, event=name, purpose="result", picture=file.picture, file=file, name=f"{name}.png"
        )

    add("first")
    return add


@pytest.mark.parametrize("model", MODELS)
def test_a_row_is_found_by_its_owner_and_by_ids_and_has_no_form(pages, fill, person, model):  # noqa: F811
    row = model.objects.get()
    for term in (person.email, str(row.pk)):
        assert f'href="{page_of(row)}' in pages.get(list_of(model), {"q": term}).text
    for term in ("other@example.org", "00000000-0000-4000-8000-000000000007", "9" * 30):
        assert f'href="{page_of(row)}' not in pages.get(list_of(model), {"q": term}).text
    page = pages.get(page_of(row))
    assert (page.status_code, 'name="_save"' in page.text) == (200, False)
    assert pages.post(page_of(row), {}).status_code == 403


@pytest.mark.parametrize("model", MODELS)
def test_no_page_shows_what_lets_us_in(pages, fill, model):  # noqa: F811
    text = pages.get(list_of(model)).text + pages.get(page_of(model.objects.get())).text
    assert [each for each in SECRETS if each in text] == []


def test_links_lead_from_a_connection_to_its_files_and_back(pages, fill, connection):  # noqa: F811
    def links_of(row) -> list[str]:
        return re.findall(r'href="([^"]+)"', pages.get(page_of(row)).text)

    folder, file = WatchedFolder.objects.get(), FoundFile.objects.get()
    assert f"{list_of(WatchedFolder)}?q={connection.pk}" in links_of(connection)
    assert {f"{list_of(each)}?q={folder.pk}" for each in (FoundFile, WrittenFile)} <= set(links_of(folder))
    assert page_of(folder) in links_of(file)
    assert page_of(file) in links_of(WrittenFile.objects.get())
    assert page_of(connection) in links_of(folder)
    for model, owner in (
        (FoundFile, folder),
        (FoundFile, file.picture),
        (FoundFile, file.picture.job),
        (Channel, connection),
    ):
        assert page_of(model.objects.get()) in pages.get(list_of(model), {"q": str(owner.pk)}).text


@pytest.mark.parametrize("model", MODELS)
def test_more_rows_take_no_more_queries(pages, fill, model, watch):  # noqa: F811
    def queries() -> int:
        with CaptureQueriesContext(database) as asked:
            assert pages.get(list_of(model)).status_code == 200
        return len(asked)

    queries()  # the first request of a session notes the device
    few = queries()
    for number in range(5):
        fill(str(number))
        watch(input_id=str(number))
    assert queries() == few
