"""Pages of watched folders: every state in words, the newest files with their results, and few queries."""

import re
from html import unescape

import pytest
from django.utils import timezone

from drive.enums import FileState, Pause, Trouble
from drive.models import Picture
from jobs.enums import JobStatus
from tests.jobs.web.test_pages import check_document

PLACE = "/drive/"


def words_of(browser, path):
    answer = browser.get(path)
    assert answer.status_code == 200
    check_document(answer.text)
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text)))


def test_without_a_connection_it_says_how_it_works(browser):
    page = words_of(browser, PLACE)
    assert "How it works" in page
    assert "No folder is connected." in page


def test_a_connection_without_folders_says_so(browser, connection):
    assert "Connected, but no folder is watched yet." in words_of(browser, PLACE)


@pytest.mark.parametrize(
    ("fields", "pill", "sentence"),
    [
        ({}, "Watching", "Cinematic"),
        ({"pause": Pause.OWNER}, "Paused by you", "You paused this folder."),
        ({"pause": Pause.CREDITS}, "Waiting for credits", "No credits or jobs are left"),
        ({"pause": Pause.CAP}, "Daily limit reached", "midnight UTC"),
        ({"pause": Pause.PRESET}, "Preset not available", "not on offer"),
        ({"pause": Pause.PLAN}, "Not part of your plan", "Your plan does not include this."),
        ({"pause": Pause.INPUT_GONE}, "Folder not found", "not there any more"),
        ({"pause": Pause.OUTPUT_GONE}, "Output folder not found", "The folder for results"),
        ({"pause": Pause.FULL}, "No room for results", "Free some space"),
    ],
)
def test_a_folder_says_its_state(browser, watch, fields, pill, sentence):
    folder = watch(**fields, paused_at=timezone.now() if fields else None)
    for path in (PLACE, f"{PLACE}folders/{folder.pk}/"):
        page = words_of(browser, path)
        assert pill in page
        assert sentence in page


@pytest.mark.parametrize(
    ("fields", "pill", "sentence"),
    [
        ({"trouble": Trouble.ACCESS_LOST}, "Disconnected", "was revoked or has ended. Connect again"),
        ({"trouble": Trouble.UNREADABLE}, "Disconnected", "cannot be read any more. Connect again"),
        ({"disconnected_at": timezone.now()}, "Disconnected", "You disconnected it."),
        ({"failures": 3}, "Not answering", "did not answer 3 times in a row"),
    ],
)
def test_a_connection_says_its_state(browser, connection, folder, fields, pill, sentence):
    for name, value in fields.items():
        setattr(connection, name, value)
    connection.save()
    for path in (PLACE, f"{PLACE}folders/{folder.pk}/"):
        page = words_of(browser, path)
        assert pill in page
        assert sentence in page


def test_a_row_has_its_way_its_last_check_and_what_it_spent(browser, connection, folder, take):
    folder.daily_cap = 50
    folder.save()
    connection.looked_at = timezone.now()
    connection.save()
    take("a.jpg", price=12, submitted_at=timezone.now())
    page = words_of(browser, PLACE)
    assert "inbox → Cinematic → outbox" in page
    assert "12 credits today of at most 50" in page
    assert "checked" in page


def test_a_folder_says_what_it_makes_with_the_presets_title(browser, folder):
    words = "New pictures in inbox are made with Cinematic, and come to outbox."
    assert words in words_of(browser, f"{PLACE}folders/{folder.pk}/")


def test_files_show_what_became_of_them(browser, folder, find, take, make_job):
    done, failed = make_job(JobStatus.COMPLETED), make_job(JobStatus.FAILED)
    Picture.objects.filter(pk=take("done.jpg", job=done).picture_id).update(delivered_at=timezone.now())
    take("failed.jpg", job=failed)
    find("waits.jpg")
    find("notes.gif", state=FileState.REFUSED, problem="This is an animation.")
    find("hidden.jpg", state=FileState.IGNORED)
    path = f"{PLACE}folders/{folder.pk}/"
    page = words_of(browser, path)
    for words in ("done.jpg Done", "In outbox since", "failed.jpg Failed", "Nothing was charged."):
        assert words in page
    assert "waits.jpg Waiting" in page
    assert "notes.gif Not usable This is an animation." in page
    assert "hidden.jpg" not in page
    html = browser.get(path).text
    assert f"/jobs/{done.pk}/download/" in html
    assert f"/jobs/{failed.pk}/download/" not in html


def test_a_copy_of_what_failed_is_not_called_made(browser, folder, find, take, make_job):
    failed = take("failed.jpg", job=make_job(JobStatus.FAILED))
    find("again.jpg", state=FileState.COPY, picture=failed.picture)
    done = take("done.jpg", job=make_job(JobStatus.COMPLETED))
    find("copy.jpg", state=FileState.COPY, picture=done.picture)
    page = words_of(browser, f"{PLACE}folders/{folder.pk}/")
    assert "again.jpg Tried before" in page
    assert "copy.jpg Already made" in page


def test_a_deleted_job_is_not_linked(browser, folder, take, make_job):
    job = make_job(JobStatus.COMPLETED, deleted_at=timezone.now())
    take("old.jpg", job=job)
    path = f"{PLACE}folders/{folder.pk}/"
    assert "old.jpg Deleted" in words_of(browser, path)
    assert str(job.pk) not in browser.get(path).text


@pytest.mark.parametrize("path", [PLACE, "/drive/folders/{folder}/", "/home/"])
def test_queries_do_not_grow(
    browser, folder, watch, take, make_job, able_node, django_assert_num_queries, path
):
    most = {PLACE: 8, "/drive/folders/{folder}/": 11, "/home/": 11}[path]
    path = path.format(folder=folder.pk)
    take("first.jpg", job=make_job(JobStatus.COMPLETED))
    browser.get(path)
    with django_assert_num_queries(most):
        browser.get(path)
    for number in range(5):
        watch(input_id=str(number))
        take(f"{number}.jpg", job=make_job(JobStatus.COMPLETED))
    with django_assert_num_queries(most):
        browser.get(path)


def test_the_start_page_has_one_line_for_who_watches_folders(browser, connection, watch, able_node):
    assert "folder watched" not in words_of(browser, "/home/")
    watch()
    assert "1 folder watched" in words_of(browser, "/home/")
    watch(input_id="2", pause=Pause.FULL, paused_at=timezone.now())
    watch(input_id="3", is_ended=True)
    page = browser.get("/home/").text
    assert '<a class="link" href="/drive/">2 folders watched, 1 paused</a>' in page
    connection.trouble = Trouble.ACCESS_LOST
    connection.save()
    assert "2 folders watched, 2 disconnected" in words_of(browser, "/home/")
