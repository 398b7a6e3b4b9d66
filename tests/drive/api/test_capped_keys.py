"""What a folder makes counts for no key, so a key with a cap has no folder make anything."""

import pytest
from django.test import Client
from django.utils import timezone

from accounts.api_keys import make_api_key
from accounts.enums import Scope
from billing.ledger import set_caps
from drive.enums import Pause
from drive.models import WatchedFolder
from tests.drive.api.conftest import refused, send


@pytest.fixture
def capped(person, able_node):
    key, secret = make_api_key(owner=person, name="program", scopes=Scope)
    set_caps(person, None, {key.pk: 5})
    return Client(headers={"X-API-Key": secret})


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "", {"daily_cap": None}),
        ("POST", "/resume", None),
        ("POST", "/again", None),
    ],
)
def test_it_changes_nothing_that_spends(capped, folder, method, path, body):
    WatchedFolder.objects.filter(pk=folder.pk).update(
        daily_cap=3, pause=Pause.OWNER, paused_at=timezone.now()
    )
    assert refused(send(capped, method, f"folders/{folder.pk}{path}", body))[:2] == (403, "not_allowed")
    folder.refresh_from_db()
    assert (folder.daily_cap, folder.pause, folder.runs) == (3, Pause.OWNER, 0)


def test_it_watches_nothing(capped, connection, presets):
    asked = {"connection_id": str(connection.pk), "input_id": "inbox", "preset": "cinematic"}
    assert refused(send(capped, "POST", "folders", asked))[:2] == (403, "not_allowed")
    assert not WatchedFolder.objects.exists()


def test_it_looks_pauses_and_stops(capped, folder):
    assert send(capped, "GET", f"folders/{folder.pk}").status_code == 200
    assert send(capped, "POST", f"folders/{folder.pk}/pause").status_code == 200
    assert send(capped, "DELETE", f"folders/{folder.pk}").status_code == 204
