"""Phrases about time, jobs and staff."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from django.db import transaction

from accounts.models import User
from billing.ledger import adjust, hold_credits, open_credit_account, release, set_caps, settle
from billing.models import Plan
from jobs.catalogue import get_offered
from jobs.lifecycle import NewArtifact, finish_job
from jobs.models import Preset
from tests.billing.timelines.phrases import phrase
from tests.billing.timelines.stage import Stage
from tests.jobs.lifecycle import rows

LABEL = "cinematic"
ARTIFACTS = [
    NewArtifact(kind, f"jobs/x/{kind}.webp", "image/webp", "b" * 64, 2048, 90, 60)
    for kind in ("result", "preview", "thumbnail")
]


@phrase("wait")
def wait(stage: Stage, at: datetime) -> None:
    stage.go_to(at)


@phrase("wait without beats")
def wait_without_beats(stage: Stage, at: datetime) -> None:
    stage.go_to(at, beats=0)


@phrase("wait with doubled beats")
def wait_with_doubled_beats(stage: Stage, at: datetime) -> None:
    stage.go_to(at, beats=5)


@phrase("sign up(?: in (?P<zone>.+))?")
def sign_up(stage: Stage, at: datetime, zone: str | None) -> None:
    stage.go_to(at)
    stage.person = User.objects.create_user("person@example.org", time_zone=zone or "")
    open_credit_account(stage.person)


@phrase(r"staff (?P<verb>give|take) (?P<amount>\d+) credits")
def staff_adjust(stage: Stage, at: datetime, verb: str, amount: str) -> None:
    stage.go_to(at)
    sign = 1 if verb == "give" else -1
    with transaction.atomic():
        adjust(
            owner_id=stage.person.pk,
            amount=sign * int(amount),
            source="staff",
            source_id=f"{at}",
            reason="A test of the clock",
        )


@phrase(r"start (?P<number>\d+) jobs? of (?P<price>\d+) credits")
def start_jobs(stage: Stage, at: datetime, number: str, price: str) -> None:
    stage.go_to(at, beats=0)
    amounts = {f"job:{at}:{each}": int(price) for each in range(int(number))}
    with transaction.atomic():
        hold_credits(owner_id=stage.person.pk, amounts=amounts, label=LABEL)
    stage.notes["jobs"] = list(amounts)


@phrase("(?P<how>finish|fail) the jobs")
def end_jobs(stage: Stage, at: datetime, how: str) -> None:
    stage.go_to(at)
    for reference in stage.notes.pop("jobs"):
        with transaction.atomic():
            assert (settle if how == "finish" else release)(reference)


@phrase(r"submit a picture at (?P<price>\d+) credits")
def submit_picture(stage: Stage, at: datetime, price: str) -> None:
    """A real job of a real preset."""
    stage.go_to(at, beats=0)
    rows.slow_preset()
    Preset.objects.filter(slug="slow").update(price=int(price))
    stage.notes["job"] = rows.submit_one(stage.person, replace(get_offered("slow"), takes_jobs=True))


@phrase(r"raise its price to (?P<price>\d+) credits")
def raise_price(stage: Stage, at: datetime, price: str) -> None:
    stage.go_to(at)
    Preset.objects.filter(slug="slow").update(price=int(price))


@phrase("finish the picture")
def finish_picture(stage: Stage, at: datetime) -> None:
    stage.go_to(at)
    claim = rows.claim(stage.notes.pop("job"), rows.make_node(name=f"node-{uuid4()}"))
    assert claim is not None
    assert finish_job(claim, ARTIFACTS)


@phrase(r"staff let trials of (?P<plan>\w+) last (?P<days>\d+) days")
def set_trial(stage: Stage, at: datetime, plan: str, days: str) -> None:
    stage.go_to(at)
    Plan.objects.filter(slug=plan).update(trial_days=int(days))


@phrase(r"cap the period at (?P<credits>\d+) credits")
def cap_period(stage: Stage, at: datetime, credits: str) -> None:
    stage.go_to(at)
    with transaction.atomic():
        set_caps(stage.person, int(credits), {})
