"""Every written timeline, in every way in which Stripe's messages may come: each step ends as it is written."""

from __future__ import annotations

import pytest

from tests.billing.timelines.playing import play
from tests.billing.timelines.post import WAYS
from tests.billing.timelines.tables import all_timelines

pytestmark = pytest.mark.django_db(transaction=True)
TIMELINES = all_timelines()


WAYS_TO_TRY = [
    pytest.param(way, id=name, marks=[] if name == "once" else [pytest.mark.services])
    for name, way in WAYS.items()
]
"""Threads are at work at the same time on PostgreSQL only."""


@pytest.mark.parametrize("way", WAYS_TO_TRY)
@pytest.mark.parametrize("timeline", TIMELINES, ids=str)
def test_each_step_ends_as_it_is_written(staged, timeline, way):
    with staged(timeline, way) as stage:
        assert "\n".join(play(timeline, stage)) == ""


def test_there_are_at_least_thirty():
    assert len(TIMELINES) >= 30
