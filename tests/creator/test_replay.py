"""A recorded session of one person, asked again by every other identity: no answer has anything of that person."""

import re

import pytest
from allauth.usersessions.models import UserSession
from django.test import Client

from accounts import attempts
from accounts.models import ApiKey, DataExport, EmailChange, TokenFamily
from billing.models import CreditAccount
from jobs.models import Batch, Job, Node, Upload, Webhook
from jobs.web import job as job_page
from tests.creator.roles.askers import make_askers, twin_of
from tests.creator.roles.recording import Asked, content_of, replay
from tests.creator.roles.story import tell

pytestmark = pytest.mark.django_db(transaction=True)
OTHERS = (
    "anonymous",
    "unverified",
    "other",
    "staff",
    "superuser",
    "other_key",
    "no_plan_key",
    "expired_key",
    "other_token",
    "old_token",
)
OWNED = (Job, Upload, Batch, ApiKey, TokenFamily, DataExport, Webhook)
BEARER_LINKS = ("/files/",)
"""The link is itself the right to read the file: it is signed, lasts for minutes, and only its owner's pages show it."""


@pytest.fixture
def askers(cast, presets, settings, monkeypatch):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    settings.MIDDLEWARE = [each for each in settings.MIDDLEWARE if "servestatic" not in each]
    monkeypatch.setattr(attempts, "take", lambda _limit: True)
    classes = {name for offered in presets.values() for name in offered.manifest.required_classes}
    Node.objects.create(
        name="able", url="http://127.0.0.1:9", classes=sorted(classes), abilities_read_at="2026-01-01T00:00Z"
    )
    return make_askers(cast)


def marks_of(owner) -> set[bytes]:
    """What only answers to the owner may contain: ids, beginnings of keys, the address."""
    ids = {
        str(pk) for model in OWNED for pk in model.objects.filter(owner=owner).values_list("pk", flat=True)
    }
    prefixes = ApiKey.objects.filter(owner=owner).values_list("prefix", flat=True)
    return {each.encode() for each in (*ids, *prefixes, str(owner.pk), owner.email)}


def rows_of(owner) -> dict[str, list[str]]:
    """Everything of the owner that a stranger's request could change."""
    owned = {model: model.objects.filter(owner=owner) for model in (*OWNED, CreditAccount)}
    owned |= {model: model.objects.filter(user=owner) for model in (UserSession, EmailChange)}
    return {model.__name__: sorted(map(str, rows.values())) for model, rows in owned.items()}


def test_nobody_gets_with_it_what_is_anothers(cast, askers):
    story = tell(askers)
    marks, before = marks_of(cast.owner), rows_of(cast.owner)
    assert len(story.asked) > 45
    assert sum(has_any(answer, marks) for answer in story.answers) > 20, "the owner saw what is theirs"
    replayed = [each for each in story.asked if not each.address.startswith(BEARER_LINKS)]
    assert leaks(replayed, askers, marks) == []
    assert rows_of(cast.owner) == before


def leaks(replayed: list[Asked], askers: dict[str, Client], marks: set[bytes]) -> list[str]:
    """Each request that names something of the owner and is answered with 2xx, and each 2xx that contains some of it."""
    found = []
    for asked in replayed:
        is_named = has_any(asked.address.encode() + asked.body, marks)
        for role in OTHERS:
            answer = replay(asked, twin_of(askers[role]))
            if answer.status_code // 100 == 2 and (is_named or has_any(content_of(answer), marks)):
                found.append(f"{role}: {asked.method} {asked.address}: {answer.status_code}")
    return found


def has_any(text: bytes, marks: set[bytes]) -> bool:
    return any(mark in text for mark in marks)


def test_the_proof_sees_a_forgotten_owner(cast, askers, monkeypatch):
    """The twin: with a look-up that takes every job, the same replay finds whom it lets in."""
    story = tell(askers)
    monkeypatch.setattr(job_page, "get_job", lambda _user, job_id: Job.objects.get(pk=job_id))
    pages = [each for each in story.asked if re.fullmatch(r"/jobs/[\w-]{36}/cancel/", each.address)]
    found = leaks(pages, askers, marks_of(cast.owner))
    assert {each.partition(":")[0] for each in found} == {"other", "staff", "superuser"}
