"""Kinds of notifications that exist only in these tests."""

import pytest
from allauth.account.models import EmailAddress

from accounts.notifications import Group, Kind, kind, page_at
from creator.lib.clock import database_now
from creator.platform.models import Delivery
from creator.platform.outbox import hand_on_due

TESTS = Group("Tests", "You get this mail from a test.", "{count} news", "See all", page_at("jobs"))
WORDS = "Something about {{ what }} at {{ at|date:'H:i T' }}.\n\nMore words."


@pytest.fixture
def make_kind(settings, tmp_path, monkeypatch):
    """`make_kind(name, …)`: a kind with the fact `what`, known during this test."""
    (tmp_path / "mail").mkdir()
    (engine,) = settings.TEMPLATES
    settings.TEMPLATES = [{**engine, "DIRS": [*engine["DIRS"], tmp_path]}]

    def make(name, **more):
        (tmp_path / "mail" / f"{name}.txt").write_text(WORDS)
        made = Kind(
            name=name,
            title=f"Title of {name}",
            subject="About {{ what }}",
            group=TESTS,
            sample={"what": "the beach"},
            button="Look",
            link=page_at("home"),
            **more,
        )
        monkeypatch.setitem(kind._kinds, name, made)
        return made

    return make


@pytest.fixture
def urgent(make_kind):
    return make_kind("urgent")


@pytest.fixture
def optional(make_kind):
    return make_kind("optional", optional=True)


@pytest.fixture
def digested(make_kind):
    return make_kind("digested", optional=True, digested=True)


@pytest.fixture
def owner(cast):
    """A person whose address is confirmed."""
    EmailAddress.objects.create(user=cast.owner, email=cast.owner.email, verified=True, primary=True)
    return cast.owner


@pytest.fixture
def send():
    """Makes every open delivery due and hands all on. Returns how many it tried."""

    def send():
        Delivery.objects.filter(done_at=None, dead_at=None).update(due_at=database_now(-1))
        return hand_on_due()

    return send
