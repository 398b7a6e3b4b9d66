"""Every event of a job becomes a message for each webhook that wants it, in the transaction of the event."""

import json
from datetime import datetime

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from creator.platform.models import Delivery
from jobs import webhooks
from jobs.enums import FailureCode, Outcome
from jobs.lifecycle import cancel_job, fail_job, finish_job, requeue_job
from jobs.models import Webhook, WebhookMessage
from tests.jobs.lifecycle import rows


def told():
    return list(WebhookMessage.objects.order_by("created_at", "pk").values_list("type", flat=True))


def bodies(type_):
    return [
        json.loads(each.body) for each in WebhookMessage.objects.filter(type=type_).order_by("created_at")
    ]


ENDINGS = {
    "completed": lambda job, held: finish_job(held, []),
    "failed": lambda job, held: fail_job(held, FailureCode.NODE_ERROR),
    "cancelled": lambda job, held: cancel_job(job=job) and finish_job(held, []),
}


@pytest.mark.parametrize("status", ENDINGS)
def test_a_job_is_told_of_from_submit_to_end(cast, slow, node, add, status):
    add()
    job = rows.submit_one(cast.owner, slow)
    requeue_job(rows.claim(job, node), outcome=Outcome.LOST)
    ENDINGS[status](job, rows.claim(job, node))
    lives = [
        "job.queued",
        "job.processing",
        "job.queued",
        "job.processing",
        f"job.{status}",
        "batch.completed",
    ]
    assert sorted(told()) == sorted(lives)
    (body,) = bodies(f"job.{status}")
    assert (body["version"], body["data"]["job_id"], body["data"]["status"]) == (1, str(job.pk), status)
    assert datetime.fromisoformat(body["timestamp"]).tzinfo is not None
    assert (body["data"]["error"] is not None) == (status == "failed")
    (batch,) = bodies("batch.completed")
    assert (batch["data"]["batch_id"], batch["data"]["total"]) == (str(job.batch_id), 1)
    assert batch["id"] == body["id"] + 1


def test_only_those_that_want_an_event_are_told_and_each_under_the_same_event_id(cast, slow, add):
    add("job.queued")
    add("job.queued", "job.completed")
    add("job.completed")
    rows.submit_one(cast.owner, slow)
    rows.submit_one(cast.other, slow)
    assert told() == ["job.queued"] * 2
    assert WebhookMessage.objects.values("event_id").distinct().count() == 1
    assert Delivery.objects.filter(kind=webhooks.KIND).count() == 2


def test_a_batch_is_told_of_once_when_its_last_job_ends(cast, presets, node, add):
    add("batch.completed")
    photos = [rows.make_upload(cast.owner) for _ in range(2)]
    first, second = rows.submit(cast.owner, presets["cinematic"], photos=photos)
    cancel_job(job=second)
    assert told() == []
    cancel_job(job=first)
    (body,) = bodies("batch.completed")
    assert body["data"] == {
        "batch_id": str(first.batch_id),
        "total": 2,
        "completed": 0,
        "failed": 0,
        "cancelled": 2,
    }


def test_what_is_rolled_back_is_not_told(cast, slow, add):
    add()
    with transaction.atomic():
        rows.submit_one(cast.owner, slow)
        transaction.set_rollback(True)
    assert (told(), Delivery.objects.filter(kind=webhooks.KIND).count()) == ([], 0)


def cost(call):
    with CaptureQueriesContext(connection) as seen:
        assert call()
    return len(seen.captured_queries)


def test_whoever_has_no_webhook_or_wants_other_events_pays_no_query(cast, slow, node, add):
    """The statements of each step without webhooks are counted in tests/jobs/lifecycle/test_statements.py."""
    job = rows.submit_one(cast.owner, slow)
    without = cost(lambda: finish_job(rows.claim(job, node), []))
    webhook, _ = add("job.failed")
    job = rows.submit_one(cast.owner, slow)
    assert cost(lambda: finish_job(rows.claim(job, node), [])) == without
    webhooks.change_webhook(webhook, {"events": ["job.completed"]})
    job = rows.submit_one(cast.owner, slow)
    assert cost(lambda: finish_job(rows.claim(job, node), [])) <= without + 6


def test_many_jobs_cost_as_many_statements_as_one(cast, presets, add):
    def submit(photos):
        uploads = [rows.make_upload(cast.owner) for _ in range(photos)]
        return cost(lambda: rows.submit(cast.owner, presets["cinematic"], photos=uploads))

    submit(1)
    add()
    assert submit(1) == submit(20)


def test_a_disabled_webhook_is_told_nothing(cast, slow, add):
    webhook, _ = add()
    Webhook.objects.filter(pk=webhook.pk).update(disabled_at="2026-01-01T00:00Z", disabled_for="person")
    rows.submit_one(cast.owner, slow)
    assert told() == []
