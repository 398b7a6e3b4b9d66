from dataclasses import replace
from urllib.parse import urlsplit

import pytest

from creator.platform.outbox import handing_on, lease
from jobs import webhooks
from jobs.models import Node
from tests.jobs.lifecycle import rows
from tests.jobs.webhooks.receiver import receiving


@pytest.fixture
def receiver(settings):
    """A receiver that this installation may visit though it is no public machine."""
    with receiving() as found:
        allowed = (urlsplit(found.url).netloc,)
        settings.CONFIG = replace(settings.CONFIG, outside_allowed_hosts=allowed)
        yield found


@pytest.fixture
def slow(db):
    return rows.slow_preset()


@pytest.fixture
def node(db) -> Node:
    return rows.make_node()


@pytest.fixture
def add(cast, receiver):
    """Adds a webhook of the owner to the receiver; returns it with its secret."""

    def add_one(*events, **fields):
        fields = {"owner": cast.owner, "url": receiver.url, **fields}
        return webhooks.add_webhook(events=events or [each.value for each in webhooks.CHOICES], **fields)

    return add_one


@pytest.fixture
def work_off():
    """Hands on all webhooks' deliveries that are due, in this thread; returns how many tries that were."""

    def hand_on_all():
        count = 0
        while delivery := lease.take_due(handing_on.Q(kind=webhooks.KIND)):
            handing_on.hand_on(delivery)
            count += 1
        return count

    return hand_on_all
