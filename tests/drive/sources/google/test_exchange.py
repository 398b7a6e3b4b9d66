"""What one exchange costs."""

import ssl

import pytest

from drive.google_fake import Server, World
from drive.sources.google.exchange import Exchange


def test_only_the_first_exchange_reads_the_certificates(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> ssl.SSLContext:
        raise AssertionError("certificates are read again")

    server = Server(World())
    server.start()
    with Exchange() as first:
        assert first.send("GET", f"{server.url}/fake/journal").status == 200
    monkeypatch.setattr(ssl.SSLContext, "__new__", refuse)
    with Exchange() as second:
        assert second.send("GET", f"{server.url}/fake/journal").status == 200
    server.stop()
