from dataclasses import replace
from types import SimpleNamespace

import pytest

from drive.connections import begin_google, finish_google
from drive.google_fake import Server, World
from drive.google_fake.world import FOLDER
from drive.sources.google.oauth import SCOPES
from tests.drive.google_fake.discovery import Discovery

ANN = "ann@example.com"
BACK = "https://creator.example/drive/google/callback/"


@pytest.fixture
def google(settings):
    """A Google at which Ann has a folder. Every exchange is checked against Google's own description."""
    world = World()
    server, discovery = Server(world), Discovery()
    server.watchers.append(discovery)
    server.start()
    settings.CONFIG = replace(
        settings.CONFIG,
        google_client_id="client",
        google_client_secret="secret",
        google_drive="read",
        google_drive_url=server.url,
    )
    inbox = world.put(ANN, "inbox", mime_type=FOLDER).id
    outbox = world.put(ANN, "outbox", mime_type=FOLDER).id
    yield SimpleNamespace(world=world, server=server, inbox=inbox, outbox=outbox)
    server.stop()
    assert discovery.faults == []


@pytest.fixture
def connect(google):
    """Ann consents, for a person of ours; returns the connection."""

    def connect_one(user, scopes=SCOPES):
        flow, address = begin_google(user, redirect_uri=BACK)
        asked = dict(part.split("=", 1) for part in address.partition("?")[2].split("&"))
        code = google.server.oauth.approve(
            ANN, frozenset(scopes), redirect_uri=BACK, challenge=asked["code_challenge"]
        )
        return finish_google(user, flow, code=code, redirect_uri=BACK)

    return connect_one
