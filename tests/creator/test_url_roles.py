"""Every address × role × method: who gets in, and what the others are told. The table is in `roles/rows.py`."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.urls import get_resolver
from django.utils import timezone

from accounts import attempts
from billing.models import Plan
from drive.models import Connection, WatchedFolder
from jobs.models import Artifact, Job, PartialUpload
from jobs.streaming.previews import keep_preview
from jobs.streaming.routing import SocketRouter
from jobs.web import job as job_page
from jobs.webhooks import add_webhook, ping
from tests.creator.every_url import every_route, every_url, examples_of
from tests.creator.roles.askers import handshake_of, make_askers
from tests.creator.roles.asking import outcome_of
from tests.creator.roles.doors import DOORS, METHODS, ROLES, expected
from tests.creator.roles.factors import add_every_factor
from tests.creator.roles.report import Asked, write_report
from tests.creator.roles.rows import ROWS, SOCKETS, STAFF_AREA
from tests.house.tree import ROOT
from tests.jobs.lifecycle import rows
from tests.jobs.streaming.sockets import Watcher

pytestmark = pytest.mark.django_db(transaction=True)
REPORT = ROOT / "var" / "url-roles.txt"
STORED = "uploads/matrix.webp"
TABLE = defaultdict(list)
for _row in ROWS:
    TABLE[_row.route].append(_row)


@pytest.fixture
def world(cast, presets, settings, monkeypatch, tmp_path) -> SimpleNamespace:
    """A job of the owner that has a preview and a result, and a client for each role."""
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"  # as in production
    settings.ACCOUNT_RATE_LIMITS = False  # limits are tested elsewhere
    # Static files need no role, and their middleware takes every request through an event loop: half of the time.
    settings.MIDDLEWARE = [each for each in settings.MIDDLEWARE if "servestatic" not in each]
    monkeypatch.setattr(attempts, "take", lambda _limit: True)
    Plan.objects.update(requests_per_minute=100_000, requests_per_hour=100_000)
    askers = make_askers(cast)
    add_every_factor(cast.owner)
    default_storage.save(STORED, ContentFile(b"picture"))
    job = rows.submit_one(cast.owner, rows.slow_preset())
    assert rows.claim(job, rows.make_node())
    Job.objects.filter(pk=rows.submit_one(cast.owner, rows.slow_preset()).pk).update(
        upload=rows.make_upload(cast.owner)
    )
    PartialUpload.objects.create(owner=cast.owner, length=9, expires_at=timezone.now() + timedelta(days=1))
    keep_preview(job.id, b"preview", "image/webp")
    webhook, _ = add_webhook(owner=cast.owner, url="https://hooks.example.org/", events=["job.failed"])
    ping(webhook)
    drive = Connection.objects.create(owner=cast.owner, kind="folder", account=str(tmp_path), label="a")
    WatchedFolder.objects.create(
        owner=cast.owner, connection=drive, input_name="in", preset=presets["cinematic"].preset
    )
    about = {"content_type": "image/webp", "sha256": "b" * 64, "size": 7, "width": 9, "height": 6}
    Artifact.objects.create(job=job, kind="result", key=STORED, **about)
    yield SimpleNamespace(urls=every_url(examples_of(job, file=STORED)), askers=askers, job=job)
    default_storage.delete(STORED)


def ask_all(world: SimpleNamespace, routes: Iterable[str]) -> list[Asked]:
    """Route, method, role, expected outcome and outcome, of every request."""
    return [
        (
            route,
            method,
            role,
            expected(TABLE[route], role, method),
            outcome_of(asker, method, world.urls[route]),
        )
        for route in routes
        for method in (("GET", "POST") if route in STAFF_AREA else METHODS)
        for role, asker in world.askers.items()
    ]


def deviations(asked: Iterable[Asked]) -> list[str]:
    return [
        f"{route} {method} {role}: expected {right}, got {got}"
        for route, method, role, right, got in asked
        if right != got
    ]


def test_the_table_has_every_address_and_every_socket():
    assert set(TABLE) == set(every_route(get_resolver()))
    assert set(SOCKETS) == {f"/{each.pattern}" for each in SocketRouter().router.routes}


def test_everybody_gets_in_where_the_table_says_and_nowhere_else(world):
    asked = ask_all(world, TABLE)
    found = deviations(asked)
    write_report(REPORT, asked, found)
    assert {each[0] for each in asked} == set(TABLE)
    assert {each[2] for each in asked} == set(ROLES)
    if found:
        pytest.fail("\n".join(found))


def test_a_view_that_forgets_the_owner_is_found(world, monkeypatch):
    """The twin of the test above: a look-up that takes every job lets strangers in, and the table notices them."""
    monkeypatch.setattr(job_page, "find_job", lambda _user, job_id: Job.objects.get(pk=job_id))
    route = "/jobs/<uuid:job_id>/preview/"
    found = deviations(each for each in ask_all(world, [route]) if each[1] == "GET")
    assert found == [f"{route} GET {role}: expected 404, got 200" for role in ("other", "staff", "superuser")]


async def test_sockets_open_where_the_table_says_and_nowhere_else(world):
    found = {}
    for route in SOCKETS:
        for role in ROLES:
            address = route.replace("<uuid:job_id>", str(world.job.id))
            asked = Watcher(address, **handshake_of(world.askers[role]))
            await asked.shake_hands()
            await asked.leave()
            found[route, role] = "in" if asked.status == 101 else str(asked.status)
    assert found == {(route, role): DOORS[door][role] for route, door in SOCKETS.items() for role in ROLES}
