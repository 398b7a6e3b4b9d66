"""The tables notice mistakes: with each of these in the product, a timeline ends differently."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db.models import F

from billing.ledger import buckets, months
from billing.payments.sync import crediting, following, taking_back
from tests.billing.timelines.playing import play
from tests.billing.timelines.post import once
from tests.billing.timelines.tables import all_timelines

pytestmark = pytest.mark.django_db(transaction=True)
TIMELINES = {each.title: each for each in all_timelines()}


def name_each_grant_anew(monkeypatch):
    """As if grants were named by what told of them, and not by invoice and period."""
    grant = crediting.grant
    monkeypatch.setattr(
        crediting, "grant", lambda **named: grant(**named | {"source_id": f"{named['source_id']}:{uuid4()}"})
    )


def use_the_latest_first(monkeypatch):
    monkeypatch.setattr(buckets, "SOONEST_FIRST", (F("expires_at").desc(nulls_first=True), "pk"))


def count_months_as_thirty_days(monkeypatch):
    monkeypatch.setattr(months, "add_months", lambda moment, count: moment + timedelta(days=30 * count))


def forget_the_debt(monkeypatch):
    monkeypatch.setattr(taking_back, "take_back", lambda **_: False)


def never_block(monkeypatch):
    monkeypatch.setattr(following, "_block", lambda *_: None)


MUTANTS = {
    name_each_grant_anew: "two events for one fact",
    use_the_latest_first: "the credits that expire soonest are used first",
    count_months_as_thirty_days: "the 31st falls on the last day of each month",
    forget_the_debt: "a refund of spent credits is a debt, which the next credits repay",
    never_block: "a failed renewal blocks after the days of grace, until it is paid",
}


@pytest.mark.parametrize("mutate", MUTANTS, ids=lambda each: each.__name__)
def test_a_mistake_is_noticed(staged, monkeypatch, mutate):
    timeline = TIMELINES[MUTANTS[mutate]]
    mutate(monkeypatch)
    with staged(timeline, once) as stage:
        assert play(timeline, stage) != []
