"""Every answer has a declared type, and what is sent has exactly the declared fields."""

import pytest
from django.core.management import call_command
from rest_framework import serializers

from accounts.api.schemas import keys
from billing.api.schemas import billing, plans
from creator.api.fields import AnswerFields, Fields, RefusalAnswer
from creator.http.refusals import envelope
from creator.lib.errors import STATUS, Refused
from creator.management.commands.seed import OWNER, RECIPES
from jobs.api.schemas import batches, events, jobs, presets, uploads
from jobs.models import Batch, Job
from tests.jobs.api.conftest import program


@pytest.fixture
def seeded(db):
    """A client of the owner of seeded jobs in every state."""
    call_command("seed", jobs=len(RECIPES))
    job = Job.objects.filter(owner__email=OWNER).first()
    return program(job.owner), job


def misfits(sent, declared: serializers.BaseSerializer | serializers.Field, at: str = "answer") -> list[str]:
    """Where an answer's fields are not the declared ones."""
    if isinstance(declared, serializers.ListSerializer):
        return [
            each
            for number, one in enumerate(sent)
            for each in misfits(one, declared.child, f"{at}[{number}]")
        ]
    if not isinstance(declared, serializers.Serializer) or sent is None:
        return []
    found = [] if sent.keys() == declared.fields.keys() else [f"{at}: {sent.keys() ^ declared.fields.keys()}"]
    inside = [
        misfits(sent[name], field, f"{at}.{name}") for name, field in declared.fields.items() if name in sent
    ]
    return found + [each for part in inside for each in part]


def test_what_is_read_has_the_declared_fields(seeded):
    api, job = seeded
    batch = Batch.objects.filter(owner=job.owner).first()
    answers = {
        "/api/v1/presets": presets.PresetListAnswer(),
        "/api/v1/jobs?limit=100": jobs.JobListAnswer(),
        f"/api/v1/jobs/{job.id}": jobs.JobAnswer(),
        f"/api/v1/batches/{batch.id}": batches.BatchAnswer(),
        "/api/v1/plans": plans.PlanListAnswer(),
        "/api/v1/billing": billing.BillingAnswer(),
    }
    for path, declared in answers.items():
        answer = api.get(path)
        assert (answer.status_code, misfits(answer.json(), declared)) == (200, [])


def test_what_is_done_has_the_declared_fields(seeded):
    api, job = seeded
    done = Job.objects.filter(status="completed", owner=job.owner, preset_version__preset="cinematic").first()
    varied = api.generic("POST", f"/api/v1/jobs/{done.id}/vary")
    assert (varied.status_code, misfits(varied.json(), jobs.AcceptedJobAnswer())) == (202, [])
    cancelled = api.generic("POST", f"/api/v1/jobs/{varied.json()['job_id']}/cancel")
    assert (cancelled.status_code, misfits(cancelled.json(), jobs.CancelledAnswer())) == (200, [])


def test_every_error_has_the_declared_fields():
    for code in STATUS:
        sent = envelope(Refused(code, "No.", {"field": "wrong"}), "reference")
        assert misfits(sent, RefusalAnswer()) == []
        assert RefusalAnswer(sent).data == sent


def test_every_schema_is_a_body_or_an_answer_with_words_about_it():
    """The OpenAPI document is made from these: a schema without a type of field would have no shape there."""
    kinds = [
        kind
        for module in (batches, billing, events, jobs, keys, plans, presets, uploads)
        for kind in vars(module).values()
        if isinstance(kind, type)
        and issubclass(kind, serializers.Serializer)
        and kind.__module__ == module.__name__
    ]
    assert len(kinds) > 15
    assert [kind.__name__ for kind in kinds if not issubclass(kind, Fields | AnswerFields)] == []
    untyped = [
        f"{kind.__name__}.{name}"
        for kind in kinds
        for name, field in kind().fields.items()
        if type(field) in (serializers.Field, serializers.SerializerMethodField)
    ]
    assert untyped == []
