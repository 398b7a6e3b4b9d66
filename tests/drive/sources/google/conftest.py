"""A source that reads from the fake Google over HTTP."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from drive.google_fake import Server, World
from drive.google_fake.world import FOLDER
from drive.sources.google.client import Client
from drive.sources.google.exchange import Exchange
from drive.sources.google.oauth import SCOPES, Addresses, App, exchange_code
from drive.sources.google.source import GoogleSource
from drive.sources.google.tokens import Tokens
from tests.drive.google_fake.discovery import Discovery

ANN = "ann@example.com"
BACK = "https://creator.example/back"


@dataclass
class Place:
    """A watched folder of Ann's, and the source that sees it."""

    world: World
    server: Server
    app: App
    exchange: Exchange
    tokens: Tokens
    source: GoogleSource
    refresh_token: str
    folder: str

    def put(self, name: str, content: bytes = b"pixels") -> str:
        return self.world.put(ANN, name, parent=self.folder, content=content).id


def open_source(place: Place, *scopes: str, exchange: Exchange | None = None) -> GoogleSource:
    """Another source of Ann's, with only these scopes."""
    code = place.server.oauth.approve(ANN, frozenset(scopes), redirect_uri=BACK)
    grant = exchange_code(place.exchange, place.app, code=code, redirect_uri=BACK, verifier="")
    tokens = Tokens(place.app, grant.refresh_token, scopes=grant.scopes)
    return GoogleSource(Client(place.app, tokens, exchange or place.exchange))


@pytest.fixture
def place() -> Iterator[Place]:
    yield from google_place()


def google_place() -> Iterator[Place]:
    """A fake Google that is served until the iterator goes on."""
    world = World()
    server = Server(world)
    discovery = Discovery()
    server.watchers.append(discovery)
    server.start()
    app = App("client", "secret", Addresses.under(server.url))
    exchange = Exchange(sleep=lambda seconds: None)
    code = server.oauth.approve(ANN, frozenset(SCOPES), redirect_uri=BACK)
    grant = exchange_code(exchange, app, code=code, redirect_uri=BACK, verifier="any")
    tokens = Tokens(app, grant.refresh_token, scopes=grant.scopes)
    source = GoogleSource(Client(app, tokens, exchange))
    folder = world.put(ANN, "In", mime_type=FOLDER).id
    yield Place(world, server, app, exchange, tokens, source, grant.refresh_token, folder)
    exchange.close()
    server.stop()
    assert discovery.faults == []
