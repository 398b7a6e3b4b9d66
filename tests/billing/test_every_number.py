"""Every column of a plan takes effect, and every number that refuses something names itself, its plan and the way on.

A new column fails here until it stands in one of the tables, with the request that it refuses or the test of its
effect.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from billing.models import Plan
from billing.selling import PRICING
from jobs.enums import Stage
from jobs.lifecycle import enter_stage
from tests.jobs.api.conftest import program
from tests.jobs.lifecycle import rows

PICTURE = Path("tests/golden/photos/chelsea.jpg").read_bytes()
PRESETS, MIB = "/api/v1/presets", 2**20


@dataclass
class World:
    """A person on the free plan with a program, and a preset that some node can run."""

    person: User
    program: Client
    preset: Any

    def post(self, path: str, **body: Any) -> Any:
        return self.program.post(f"/api/v1/{path}", body, content_type="application/json")

    def start(self, variations: int) -> Any:
        return self.post("jobs", preset="slow", variations=variations)

    def send(self) -> Any:
        return self.program.post("/api/v1/uploads", {"file": SimpleUploadedFile("cat.jpg", PICTURE)})

    def keep(self, **fields: Any) -> None:
        rows.make_upload(self.person, **fields)


def ask(world: World, times: int) -> Any:
    return [world.program.get(PRESETS) for _ in range(times)][-1]


def send_batch(world: World, photos: int) -> Any:
    ids = [str(rows.make_upload(world.person).id) for _ in range(photos)]
    return world.post("batches", preset="cinematic", upload_ids=ids)


def stop_a_running_job(world: World) -> Any:
    job = rows.submit_one(world.person, world.preset)
    enter_stage(rows.claim(job, rows.make_node("another")), Stage.RUNNING)
    return world.program.generic("POST", f"/api/v1/jobs/{job.id}/cancel")


def send_beside(world: World, **stored: Any) -> Any:
    world.keep(**stored)
    return world.send()


REFUSED: dict[str, tuple[Any, Callable[[World], Any], str]] = {
    "jobs_per_period": (3, lambda world: world.start(5), "quota_exceeded"),
    "queued_jobs": (3, lambda world: world.start(5), "queue_full"),
    "upload_mib": (0, World.send, "body_too_large"),
    "megapixels": (0, World.send, "image_too_large"),
    "batch_files": (2, lambda world: send_batch(world, 3), "invalid_parameters"),
    "requests_per_minute": (2, lambda world: ask(world, 3), "rate_limited"),
    "requests_per_hour": (2, lambda world: ask(world, 3), "rate_limited"),
    "submits_per_hour": (3, lambda world: world.start(5), "rate_limited"),
    "uploads_per_hour": (0, World.send, "rate_limited"),
    "cancels_per_hour": (0, stop_a_running_job, "rate_limited"),
    "unused_photos": (1, send_beside, "quota_exceeded"),
    "unused_mib": (2, lambda world: send_beside(world, size=2 * MIB), "quota_exceeded"),
    "features": ([], lambda world: world.program.get(PRESETS), "plan_required"),
}
"""Column → a value, the request that it refuses, and the code of the refusal."""
EFFECT = {
    "credits": "tests/billing/test_periods.py",
    "parallel_jobs": "tests/jobs/lifecycle/test_races.py",
    "share": "tests/jobs/lifecycle/test_plan_changes.py",
    "priority_bonus_s": "tests/jobs/lifecycle/test_plan_changes.py",
    "retention_days": "tests/jobs/lifecycle/test_plan_changes.py",
    "is_offered": "tests/billing/test_every_number.py",
    **dict.fromkeys(("price_cents", "currency", "position"), "tests/billing/web/test_pricing.py"),
    **dict.fromkeys(("price_id", "trial_days", "trial_credits"), "tests/billing/payments"),
}
"""Column that refuses nothing → where its effect is tested."""
NAMES = {"slug", "title"}
MORE = "The Creator plan allows "


@pytest.fixture
def world(db, presets) -> World:
    person = User.objects.create_user("person@example.org")
    rows.make_node(slots=9)
    rows.make_node("able", classes=list(presets["cinematic"].manifest.required_classes))
    return World(person, program(person), rows.slow_preset())


@pytest.fixture
def selling(settings):
    settings.CONFIG = replace(settings.CONFIG, stripe="fake")


def refusal(world: World, column: str) -> dict:
    value, request, code = REFUSED[column]
    Plan.objects.filter(slug="free").update(**{column: value})
    error = request(world).json()["error"]
    assert error["code"] == code
    return error


def words_of(error: dict) -> str:
    return " ".join([error["message"], *map(str, error["details"].values())])


def test_every_column_stands_in_a_table():
    columns = {field.name for field in Plan._meta.concrete_fields}
    assert REFUSED.keys() | EFFECT.keys() | NAMES == columns
    assert not REFUSED.keys() & EFFECT.keys()


@pytest.mark.parametrize("path", sorted(set(EFFECT.values())))
def test_the_tests_of_effects_are_there(path):
    assert Path(path).exists()


@pytest.mark.parametrize("column", REFUSED)
def test_a_refusal_names_number_and_plan_and_whom_to_ask(world, column):
    words = words_of(refusal(world, column))
    assert "Free plan" in words
    assert column == "features" or str(REFUSED[column][0]) in words
    assert "Ask the people who run this site for " in words


@pytest.mark.parametrize("column", REFUSED)
def test_where_plans_are_sold_it_names_the_smallest_plan_that_allows_more(world, column, selling):
    error = refusal(world, column)
    words = words_of(error)
    assert "pricing page" in words
    assert MORE in words or "the Creator plan, which does" in words
    assert error["details"].get("pricing", "/pricing/") == "/pricing/"


def test_the_address_of_the_prices_is_that_of_their_page():
    assert reverse("pricing") == PRICING


def test_a_plan_that_is_not_offered_is_not_named(world, selling):
    Plan.objects.filter(slug="creator").update(is_offered=False)
    assert "The Studio plan allows 1,200: see the pricing page." in words_of(
        refusal(world, "requests_per_minute")
    )


def test_if_no_plan_allows_more_it_is_said(world, selling):
    Plan.objects.exclude(slug="free").update(requests_per_minute=1)
    assert words_of(refusal(world, "requests_per_minute")).startswith("The Free plan takes 2 requests")
    assert "No plan allows more." in words_of(refusal(world, "requests_per_minute"))


def test_the_page_leads_to_the_prices(world, client, selling):
    client.force_login(world.person)
    Plan.objects.filter(slug="free").update(queued_jobs=0)
    form = {"preset": "cinematic", "defaults": "1", "key": "6f1e0c1f-4c5b-4d0f-9f5a-6f1e0c1f4c5b"}
    upload = rows.make_upload(world.person, expires_at=timezone.now() + timedelta(hours=1))
    answer = client.post("/new/", form | {"upload": str(upload.id)}, headers={"Accept": "text/html"})
    assert (
        'The Creator plan allows 500: see the pricing page. <a href="/pricing/">See the plans</a>'
        in " ".join(answer.text.split())
    )
