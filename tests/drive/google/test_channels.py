"""Google rings when something changed: channels are made, renewed before they expire, and ended; without one we poll."""

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from drive import channels, watching
from drive.connections import disconnect
from drive.enums import Trouble
from drive.folders import stop_watching, watch_folder
from drive.google_fake.faults import Fault
from drive.google_fake.world import FOLDER
from drive.models import Channel, Connection
from drive.pausing import clear_trouble, note_trouble
from tests.drive.google.conftest import ANN

POLL_S, WITH_A_BELL_S = 60, 300


@pytest.fixture(autouse=True)
def _site(google, settings, monkeypatch):
    """The site is reached at https, and Google's pushes come to it. Google has our time."""
    monkeypatch.setattr("drive.sources.google.exchange.PATIENCE_S", 0)
    settings.SITE_ADDRESS = "https://creator.example"
    google.server.channels.needs_https = True
    google.server.channels.send = post
    google.world._start = None


def post(push) -> None:
    """As Google sends it."""
    Client().post(urlsplit(push.address).path, headers=push.headers)


@pytest.fixture
def watched(google, cast, presets, connect):
    """Watches Ann's inbox, or another folder."""
    connection = connect(cast.owner)

    def watch(folder_id: str = ""):
        return watch_folder(
            owner=cast.owner,
            connection=connection,
            input_id=folder_id or google.inbox,
            output_id=google.outbox,
            preset="cinematic",
        )

    return watch


def look() -> float:
    """One look at all. Returns in how many seconds the next one is due."""
    Connection.objects.update(due_at="2026-01-01T00:00Z")
    watching.look_due(at_once=1)
    return (Connection.objects.get().due_at - timezone.now()).total_seconds()


def renew(*, is_due: bool = True) -> int:
    if is_due:
        Connection.objects.update(channels_due_at="2026-01-01T00:00Z")
    return channels.renew_channels()


def at_google(google) -> dict[str, str]:
    """The channels that Google has, by id: the log that each rings for."""
    return {each.id: each.log for each in google.server.channels._channels.values()}


def rows() -> set[str]:
    return {str(pk) for pk in Channel.objects.values_list("pk", flat=True)}


def test_after_the_first_look_a_channel_rings_and_we_look_less_often(google, watched):
    watched()
    assert renew(is_due=False) == 0, "nothing is known of the change log yet"
    assert POLL_S - 10 < look() <= POLL_S
    assert renew(is_due=False) == 1
    assert set(at_google(google)) == rows()
    google.server.channels.deliver()
    assert WITH_A_BELL_S - 10 < look() <= WITH_A_BELL_S
    Connection.objects.update(due_at=timezone.now() + timedelta(hours=1))
    google.world.put(ANN, "a.jpg", parent=google.inbox, content=b"x")
    google.server.channels.deliver()
    assert Connection.objects.get().due_at <= timezone.now()
    assert renew(is_due=False) == 0


def test_the_token_is_stored_as_a_digest_only(google, watched):
    watched()
    look()
    renew()
    (made,) = google.server.channels._channels.values()
    row = Channel.objects.get()
    assert len(made.token) == 43
    assert made.token not in repr(list(Channel.objects.values()))
    assert len(row.token_sha256) == 64
    assert made.address == "https://creator.example/drive/ring/"


def test_a_channel_that_never_rang_is_no_bell(google, watched):
    watched()
    look()
    renew()
    assert look() <= POLL_S


def test_each_shared_drive_has_a_channel_of_its_own_and_while_one_has_none_we_poll(google, watched):
    drive = google.world.drive("Team", {ANN})
    inside = google.world.put(ANN, "In", parent=drive.id, mime_type=FOLDER).id
    watched()
    look()
    renew(is_due=False)
    google.server.channels.deliver()
    watched(inside)
    assert look() <= POLL_S, "its changes ring nowhere yet"
    renew(is_due=False)
    google.server.channels.deliver()
    assert sorted(at_google(google).values()) == sorted([ANN, drive.id])
    assert look() > POLL_S


def test_the_next_channel_is_made_before_the_last_one_ends(google, watched, monkeypatch):
    watched()
    look()
    renew()
    (first,) = rows()
    renew()
    assert rows() == {first}, "it has time"
    Channel.objects.update(created_at=timezone.now() - timedelta(days=6))
    stopped = []
    monkeypatch.setattr(
        channels.GoogleSource,
        "stop",
        lambda self, channel_id, resource: stopped.append((channel_id, set(at_google(google)))),
    )
    Channel.objects.update(expires_at=timezone.now() + timedelta(days=1))
    renew()
    (second,) = rows()
    assert stopped == [(first, {first, second})]
    due = Connection.objects.get().channels_due_at - timezone.now()
    assert timedelta(days=5) < due < timedelta(days=6)


def test_a_channel_that_google_gives_for_an_hour_is_renewed_within_it(google, watched, monkeypatch):
    monkeypatch.setattr("drive.google_fake.channels.LONGEST_S", 3600)
    watched()
    look()
    renew()
    due = Connection.objects.get().channels_due_at - timezone.now()
    assert timedelta(minutes=40) < due < timedelta(minutes=50)


@pytest.mark.parametrize(
    "fault",
    [
        Fault(500, method="POST"),
        Fault(401, "authError", method="POST", times=2),
        Fault(403, "x", method="POST"),
    ],
    ids=["an error", "the address is not ours", "refused"],
)
def test_a_failure_leaves_us_polling_and_is_tried_again(google, watched, fault):
    watched()
    look()
    fault.path = "/drive/v3/changes/watch"
    fault.times = max(fault.times, 1)
    google.server.faults.add(Fault(**vars(fault)))
    assert renew(is_due=False) == 1
    assert rows() == set()
    connection = Connection.objects.get()
    assert connection.trouble == "", "whether the access is lost, a look finds out"
    assert timedelta(minutes=9) < connection.channels_due_at - timezone.now() < timedelta(minutes=11)
    assert look() <= POLL_S
    renew()
    assert len(rows()) == 1


def test_what_was_wanted_while_it_was_renewed_is_done_next(google, watched, monkeypatch):
    folder = watched()
    look()
    made = channels._make

    def make(source, connection, *rest):
        channels.want_channels(folder.connection)
        return made(source, connection, *rest)

    monkeypatch.setattr(channels, "_make", make)
    assert channels.renew_channels() == 2


def test_without_a_folder_or_without_https_it_is_ended(google, watched, settings):
    folder = watched()
    look()
    renew()
    stop_watching(folder)
    renew(is_due=False)
    assert (rows(), at_google(google)) == (set(), {})
    settings.SITE_ADDRESS = "http://creator.example"
    settings.CONFIG = type(settings.CONFIG)(**{**vars(settings.CONFIG), "google_drive_url": ""})
    assert not channels._can_be_reached()


def test_who_disconnects_ends_it_also_while_it_is_being_made(google, watched, monkeypatch):
    folder = watched()
    look()
    renew()
    disconnect(folder.connection)
    assert (rows(), at_google(google)) == (set(), {})
    assert renew() == 0


def test_a_channel_whose_connection_ends_meanwhile_is_stopped(google, watched, monkeypatch):
    watched()
    look()
    asked = channels.GoogleSource.watch

    def watch(self, *args, **named):
        made = asked(self, *args, **named)
        Channel.objects.all().delete()
        return made

    monkeypatch.setattr(channels.GoogleSource, "watch", watch)
    renew()
    assert (rows(), at_google(google)) == (set(), {})


def test_lost_access_and_a_new_grant_leave_no_bell_behind(google, watched):
    folder = watched()
    look()
    renew()
    google.server.channels.deliver()
    note_trouble(folder.connection, Trouble.ACCESS_LOST)
    assert rows() == set()
    clear_trouble(folder.connection)
    assert look() <= POLL_S
    renew(is_due=False)
    assert len(rows()) == 1


def test_what_has_expired_is_forgotten(google, watched):
    watched()
    look()
    renew()
    Channel.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert look() <= POLL_S
    renew(is_due=False)
    assert rows() == set()
    renew()
    assert len(rows()) == 1
