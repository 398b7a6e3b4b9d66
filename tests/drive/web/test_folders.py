"""A folder is chosen, watched, paused, changed and ended by its pages, without a script."""

import re
from html import unescape

import pytest

from creator.lib.ttl_cache import clear_all
from drive.enums import Pause
from drive.models import WatchedFolder
from jobs.models import Preset
from tests.jobs.web.test_pages import check_document

FORM = {"input": "inbox", "preset": "cinematic", "format": "png"}


@pytest.fixture
def place(connection, able_node):
    """The page on which folders of the connection are watched."""
    return f"/drive/{connection.pk}/new/"


def words_of(answer):
    check_document(answer.text)
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text)))


def test_folders_are_browsed_by_links(browser, place, root):
    (root / "inbox" / "nested").mkdir()
    first = browser.get(place)
    assert "Which folder do you want to watch?" in words_of(first)
    (root_of_all,) = re.findall(r'href="(\?in=)"', first.text)
    page = browser.get(place + root_of_all)
    (inside,) = re.findall(r'href="(\?in=inbox)"', page.text)
    nested = browser.get(place + inside)
    assert "nested" in words_of(nested)
    (take,) = re.findall(r'class="btn" href="(\?input=[^"]+)"', nested.text)
    assert "Watch nested" in words_of(browser.get(place + take))


def test_it_says_what_the_form_does_before_it_is_sent(browser, place):
    page = words_of(browser.get(f"{place}?input=inbox"))
    assert "Results go to a folder named outbox beside it." in page
    assert "Take what is there already" in page
    assert re.search(r"for \d+ credits? each", page)


def test_another_folder_for_results_is_chosen_by_links(browser, place):
    page = browser.get(f"{place}?input=inbox&elsewhere=&in=")
    assert "Where do the results go?" in words_of(page)
    (take,) = re.findall(r'class="btn" href="(\?input=inbox&amp;output=outbox)"', page.text)
    assert "Results go to outbox." in words_of(browser.get(place + unescape(take)))


def test_a_folder_is_watched(browser, place):
    sent = FORM | {"daily_cap": "40", "writes_sidecar": "true", "takes_existing": "true"}
    answer = browser.post(place, sent)
    made = WatchedFolder.objects.get()
    assert answer["Location"] == f"/drive/folders/{made.pk}/"
    assert (made.input_id, made.output_id, made.preset_id) == ("inbox", "outbox", "cinematic")
    assert (made.daily_cap, made.writes_sidecar, made.takes_from) == (40, True, None)
    assert "inbox is watched from now on." in words_of(browser.get(answer["Location"]))


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"daily_cap": "many"}, "Enter a whole number of credits"),
        ({"daily_cap": "0"}, "Most a day : Choose a whole number of credits from 1 on"),
        ({"format": "gif"}, "Choose png, jpeg or webp."),
        ({"p-strength": "7"}, "Strength"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(browser, place, sent, says):
    answer = browser.post(place, FORM | sent)
    assert answer.status_code == 422
    assert says in words_of(answer)
    assert not WatchedFolder.objects.exists()


def test_the_connected_folder_itself_is_watched(browser, place):
    assert "Watch drive" in words_of(browser.get(f"{place}?input="))
    browser.post(place, FORM | {"input": ""})
    assert WatchedFolder.objects.get().input_id == ""


def test_results_go_beside_a_folder_whatever_its_name(browser, place, root):
    (root / "100% wool" / "inbox").mkdir(parents=True)
    browser.post(place, FORM | {"input": "100%25 wool/inbox"})
    assert WatchedFolder.objects.get().output_id == "100%25 wool/outbox"
    assert (root / "100% wool" / "outbox").is_dir()


def test_a_folder_is_watched_once(browser, place):
    browser.post(place, FORM)
    answer = browser.post(place, FORM)
    assert answer.status_code == 422
    assert "You watch this folder already." in words_of(answer)


def test_a_folder_that_is_gone_leads_back(browser, place):
    answer = browser.get(f"{place}?input=nowhere", follow=True)
    assert answer.redirect_chain == [("/drive/", 302)]
    assert "This folder is not there any more" in words_of(answer)


def test_it_is_paused_and_resumed(browser, folder):
    path = f"/drive/folders/{folder.pk}/"
    assert "is paused." in words_of(browser.post(f"{path}switch/", follow=True))
    folder.refresh_from_db()
    assert folder.pause == Pause.OWNER
    assert "goes on." in words_of(browser.post(f"{path}switch/", {"resume": "yes"}, follow=True))
    folder.refresh_from_db()
    assert folder.pause == Pause.NONE


def test_its_settings_are_shown_and_changed(browser, folder, able_node):
    folder.daily_cap, folder.output_format = 30, "webp"
    folder.save()
    path = f"/drive/folders/{folder.pk}/settings/"
    page = browser.get(path)
    assert "touches only files that come later" in words_of(page)
    assert 'value="30"' in page.text
    assert '<option value="webp" selected>' in page.text
    answer = browser.post(path, {"preset": "mono_film", "format": "jpeg"})
    assert answer["Location"] == f"/drive/folders/{folder.pk}/"
    folder.refresh_from_db()
    assert (folder.preset_id, folder.output_format, folder.daily_cap) == ("mono_film", "jpeg", None)


def test_a_preset_that_went_meanwhile_is_not_replaced_by_another(browser, place, folder, able_node, presets):
    Preset.objects.filter(pk="cinematic").update(enabled=False)
    clear_all()
    answer = browser.post(place, FORM | {"input": "outbox"})
    assert answer.status_code == 422
    assert "Preset: It is not on offer at present." in words_of(answer).replace(" :", ":")
    assert WatchedFolder.objects.count() == 1
    path = f"/drive/folders/{folder.pk}/settings/"
    page = browser.get(path)
    assert page.status_code == 200
    assert "cinematic is not on offer at present. If you save this," in words_of(page)
    assert browser.post(path, FORM | {"daily_cap": "9"}).status_code == 422
    folder.refresh_from_db()
    assert (folder.preset_id, folder.daily_cap) == ("cinematic", None)


def test_it_is_ended_after_a_question(browser, folder):
    path = f"/drive/folders/{folder.pk}/stop/"
    assert "Stop watching inbox?" in words_of(browser.get(path))
    assert "no longer watched" in words_of(browser.post(path, follow=True))
    folder.refresh_from_db()
    assert folder.is_ended


@pytest.mark.parametrize("name", ["switch", "settings", "again", "stop"])
def test_another_person_finds_nothing(client, cast, folder, name):
    client.force_login(cast.other)
    assert client.post(f"/drive/folders/{folder.pk}/{name}/").status_code == 404
