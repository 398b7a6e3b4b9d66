"""Google calls when there are changes."""

from datetime import timedelta

from drive.google_fake.channels import Push
from drive.sources.google.source import log_pages
from tests.drive.sources.google.conftest import Place

RING = "https://creator.example/drive/ring/"


def test_a_channel_rings_until_it_is_stopped(place: Place) -> None:
    pushes: list[Push] = []
    channels = place.server.router.channels
    channels.send = pushes.append
    page = log_pages(place.source.look([place.folder], None).cursor)[""]
    channel = place.source.watch(page, "channel-1", "token-1", RING, 3600)
    place.put("a.png")
    channels.deliver()
    assert [(push.address, push.headers["X-Goog-Channel-Token"]) for push in pushes] == [
        (RING, "token-1")
    ] * 2
    assert channel.expires_at is not None
    assert channel.expires_at > place.world.now + timedelta(seconds=60)
    for _ in range(2):  # one that has ended is no error
        place.source.stop(channel.id, channel.resource_id)
    place.put("b.png")
    assert channels.deliver() == 0
