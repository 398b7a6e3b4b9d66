"""A week in which everything happens to a Google Drive: each picture is one job and one result file all the same."""

import re

import httpx2
import pytest

from drive import intake
from drive.enums import FileState
from drive.models import Channel, Connection, FoundFile
from drive.naming import key_of
from drive.sources.google.source import GoogleSource
from drive.sources.google.writing import write_content
from jobs.models import Job
from tests.creator.roles.askers import _browser
from tests.drive.google.story import Story

CONNECT = "/drive/google/connect/"


@pytest.fixture
def begin(google, cast, presets, settings, monkeypatch):
    """Ann connects and watches her inbox by the pages. Returns the story that begins then."""
    settings.SITE_ADDRESS = "https://creator.example"
    google.server.channels.needs_https = True
    google.world._start = None  # Google has our time
    monkeypatch.setattr("drive.sources.google.exchange.PATIENCE_S", 0)
    monkeypatch.setattr("drive.sources.google.client.PAGE", 3)  # so that lists of changes have several pages
    cast.owner.set_password("plum-orbit-lantern-93")
    cast.owner.save()
    browser = _browser(cast.owner)

    def connect() -> str:
        came = httpx2.get(browser.post(CONNECT)["Location"], trust_env=False)
        back = browser.get(came.headers["Location"].removeprefix("http://testserver"))
        return back["Location"]

    def begin_story(seed: int = 1) -> Story:
        place = connect()
        form = {"input": google.inbox, "output": google.outbox, "preset": "cinematic", "format": "png"}
        watched = browser.post(place, form | {"takes_existing": "true"})
        assert re.fullmatch(r"/drive/folders/[^/]+/", watched["Location"])
        story = Story(google, seed, connect)
        story.work()
        story.work()
        assert Channel.objects.count() == 1
        return story

    return begin_story


def test_each_picture_is_one_job_and_one_result_file(begin, google):
    story = begin()
    story.play()
    assert story.violations == []
    assert Job.objects.count() > 20
    assert FoundFile.objects.filter(state=FileState.COPY).exists()
    counts = google.server.journal.counts()
    assert counts["changes.list"] > 20
    assert counts["files.list"] > 5, "everything was listed again after the page was forgotten"


def test_a_push_alone_brings_a_photo_to_its_job(begin, google):
    story = begin()
    story.put()
    before = Job.objects.count()
    google.server.channels.deliver()
    assert Connection.objects.get().rang_at
    story.work()
    assert Job.objects.count() > before


def by_file_id(monkeypatch) -> None:
    """Intake knows photos by the file and not by its content."""
    made_before, submit = intake._made_before, intake._submit
    monkeypatch.setattr(intake, "_made_before", lambda file, _: made_before(file, key_of(file.source_id)))
    monkeypatch.setattr(
        intake, "_submit", lambda file, _, upload: submit(file, key_of(file.source_id), upload)
    )


def new_ids(monkeypatch) -> None:
    """Each try to write a result has an id of its own."""

    def write(self, folder, name, content, *, mime, reserved):
        return write_content(self._client, folder, name, content, mime=mime, reserved=self.reserve())

    monkeypatch.setattr(GoogleSource, "write", write)


@pytest.mark.parametrize(
    ("mutant", "noticed"), [(by_file_id, r"\d+ jobs of one photo"), (new_ids, r"\d+ results of \d+ jobs")]
)
def test_the_story_notices_what_would_break_it(begin, monkeypatch, mutant, noticed):
    mutant(monkeypatch)
    story = begin()
    story.play(times=2)
    assert any(re.fullmatch(noticed, each) for each in story.violations)
