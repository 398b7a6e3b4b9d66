"""A webhook whose address leads inside is refused, or its messages are posted nowhere."""

from contextlib import suppress
from functools import partial

import pytest

from creator.lib.errors import Refused
from creator.lib.outside import post
from jobs import webhooks
from jobs.models import Webhook, WebhookTry
from jobs.webhooks import posting
from tests.creator.lib.outside.hostile import redirecting, world
from tests.creator.lib.outside.test_hostile_urls import LEADS_INSIDE, NAMES

NEVER_STORED = (
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "https://a:b@outside.example/",
    "//x/",
)


def send_to(cast, url, monkeypatch, work_off, serve=None):
    """Has a message posted to this address, as it is typed and as if it had got into a row; returns the world."""
    with world(serve, names=NAMES) as made:
        monkeypatch.setattr(posting, "post", partial(post, network=made.network))
        with suppress(Refused):
            webhooks.add_webhook(owner=cast.owner, url=url, events=["job.failed"])
        if not Webhook.objects.exists():
            webhooks.add_webhook(owner=cast.owner, url="https://outside.example/", events=["job.failed"])
            Webhook.objects.update(url=url)
        webhooks.ping(Webhook.objects.get())
        assert work_off() == 1
    return made


@pytest.mark.parametrize("url", LEADS_INSIDE)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_nothing_connects(cast, monkeypatch, work_off, scheme, url):
    made = send_to(cast, scheme + ":" + url.partition(":")[2], monkeypatch, work_off)
    tried = WebhookTry.objects.get()
    assert (made.dialled, made.inside.connections, made.outside.connections) == ([], 0, 0)
    assert (tried.status, tried.answer, tried.is_taken) == (None, "", False)


@pytest.mark.parametrize("url", NEVER_STORED)
def test_what_is_no_address_of_the_web_is_not_stored(cast, url):
    with pytest.raises(Refused) as refused:
        webhooks.add_webhook(owner=cast.owner, url=url, events=["job.failed"])
    assert set(refused.value.problems) == {"url"}


def test_a_redirect_inside_is_shown_and_not_followed(cast, monkeypatch, work_off):
    serve = redirecting("http://127.0.0.1:8188/")
    made = send_to(cast, "http://outside.example/", monkeypatch, work_off, serve)
    assert (made.outside.connections, made.inside.connections) == (1, 0)
    assert "Redirects are not followed" in WebhookTry.objects.get().problem


def test_twin_an_address_outside_is_reached(cast, monkeypatch, work_off):
    made = send_to(cast, "http://outside.example/", monkeypatch, work_off)
    assert (made.outside.connections, WebhookTry.objects.get().is_taken) == (1, True)
