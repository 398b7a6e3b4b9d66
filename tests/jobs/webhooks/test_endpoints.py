"""Webhooks are added, changed and deleted within bounds, and what they want costs other people no query."""

import pytest

from billing.plans import change_plan
from creator.lib.errors import Refused
from creator.platform.models import AuditLine, Delivery
from jobs import webhooks
from jobs.enums import WebhookEnd
from jobs.models import UserQueue, Webhook, WebhookMessage
from jobs.webhooks.endpoints import disable
from tests.jobs.lifecycle import rows

HOOK = "https://hooks.example.org/creator?room=7"


def wanted(owner):
    return set(UserQueue.objects.get(pk=owner.pk).webhook_events.split())


def add(owner, events=("job.completed",), url=HOOK, **fields):
    return webhooks.add_webhook(owner=owner, url=url, events=events, **fields)


def test_a_webhook_is_added_with_a_secret_that_rows_and_audit_do_not_hold(cast):
    webhook, secret = add(
        cast.owner, ["job.failed", "job.completed"], description=" The shop ", address="192.0.2.7"
    )
    assert (webhook.url, webhook.events, webhook.description) == (
        HOOK,
        ["job.completed", "job.failed"],
        "The shop",
    )
    assert webhooks.present_secret(webhook) == secret
    assert secret not in webhook.secret
    line = AuditLine.objects.get(action="webhook_added")
    assert line.details == {"webhook": str(webhook.pk), "address": "192.0.2.7"}


@pytest.mark.parametrize(
    ("fields", "name", "says"),
    [
        ({"url": "http://hooks.example.org/"}, "url", "begins with https://"),
        ({"url": "ftp://hooks.example.org/"}, "url", "https://"),
        ({"url": "https://me:secret@hooks.example.org/"}, "url", "without a user name or password"),
        ({"url": "https://localhost/"}, "url", "full name of a host"),
        ({"url": "https://0x7f.1/"}, "url", "full name of a host"),
        ({"url": "https://hooks.example.org:22/"}, "url", "port 22"),
        ({"url": "nonsense"}, "url", "https://"),
        ({"url": f"https://a.example?{'x' * 2030}"}, "url", "more than 2,048 characters"),
        ({"events": []}, "events", "at least one event"),
        ({"events": ["job.done"]}, "events", "There is no event job.done"),
        ({"events": ["test"]}, "events", "There is no event test"),
        ({"description": "x" * 101}, "description", "at most 100 characters; this one has 101"),
        ({"description": "two\nlines"}, "description", "on one line"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(cast, fields, name, says):
    with pytest.raises(Refused) as refused:
        add(cast.owner, **fields)
    assert (refused.value.code, list(refused.value.problems)) == ("invalid_parameters", [name])
    assert says in refused.value.problems[name]
    assert not Webhook.objects.exists()


def test_a_plan_without_webhooks_has_none(cast):
    with pytest.raises(Refused) as refused:
        add(cast.stranger)
    assert refused.value.code == "plan_required"


def test_there_is_a_most(cast):
    for _ in range(webhooks.MOST):
        add(cast.owner)
    with pytest.raises(Refused) as refused:
        add(cast.owner)
    assert refused.value.code == "quota_exceeded"
    add(cast.other)


def test_what_all_enabled_webhooks_want_is_known_without_reading_them(cast):
    first, _ = add(cast.owner, ["job.completed"])
    second, _ = add(cast.owner, ["job.failed", "batch.completed"])
    assert wanted(cast.owner) == {"job.completed", "job.failed", "batch.completed"}
    webhooks.change_webhook(second, {"events": ["job.queued"]})
    assert wanted(cast.owner) == {"job.completed", "job.queued"}
    changed = webhooks.change_webhook(second, {"is_enabled": False})
    assert (changed.disabled_for, wanted(cast.owner)) == ("person", {"job.completed"})
    webhooks.change_webhook(changed, {"is_enabled": True})
    assert wanted(cast.owner) == {"job.completed", "job.queued"}
    for each in (first, second):
        webhooks.delete_webhook(each)
    assert wanted(cast.owner) == set()


def test_a_plan_without_webhooks_sends_no_events_and_one_with_them_does_again(
    cast, django_capture_on_commit_callbacks
):
    webhook, _ = add(cast.owner)
    for plan, expected in (("free", set()), ("studio", {"job.completed"})):
        with django_capture_on_commit_callbacks(execute=True):
            change_plan(cast.owner, plan)
        assert wanted(cast.owner) == expected
    with django_capture_on_commit_callbacks(execute=True):
        change_plan(cast.owner, "free")
    with pytest.raises(Refused) as refused:
        webhooks.change_webhook(webhook, {"events": ["job.failed"]})
    assert refused.value.code == "plan_required"
    webhooks.delete_webhook(webhook)  # a person can always leave


def test_enabling_takes_back_why_it_was_disabled(cast):
    webhook, _ = add(cast.owner)
    Webhook.objects.update(failing_since="2026-01-01T00:00Z")
    assert disable(webhook, WebhookEnd.FAILING)
    assert not disable(webhook, WebhookEnd.GONE)
    webhook.refresh_from_db()
    webhook = webhooks.change_webhook(webhook, {"is_enabled": True})
    assert (webhook.disabled_at, webhook.disabled_for, webhook.failing_since) == (None, "", None)


def test_deleting_takes_everything_of_it_along(cast, slow):
    webhook, _ = add(cast.owner, ["job.queued"])
    other, _ = add(cast.owner, ["job.queued"])
    rows.submit_one(cast.owner, slow)
    webhooks.delete_webhook(webhook)
    webhooks.delete_webhook(webhook)  # a second click
    assert [each.destination for each in Delivery.objects.filter(kind=webhooks.KIND)] == [str(other.pk)]
    assert [each.webhook_id for each in WebhookMessage.objects.all()] == [other.pk]


def test_anothers_webhook_is_not_found(cast):
    webhook, _ = add(cast.owner)
    with pytest.raises(Refused) as refused:
        webhooks.get_webhook(cast.other, webhook.pk)
    assert refused.value.code == "not_found"


def test_a_secret_is_changed_and_the_old_one_signs_for_a_day(cast):
    webhook, first = add(cast.owner)
    second = webhooks.rotate_secret(webhook)
    assert (first != second, webhooks.present_secret(webhook), webhook.has_two_secrets) == (
        True,
        second,
        True,
    )
    third = webhooks.rotate_secret(webhook)
    assert webhooks.present_secret(webhook) == third
    assert [each.action for each in AuditLine.objects.filter(action__startswith="webhook_secret")] == [
        "webhook_secret_changed"
    ] * 2


def test_secrets_move_to_a_new_key(cast, settings):
    webhook, secret = add(cast.owner)
    webhooks.rotate_secret(webhook)
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-key-of-this-test-that-is-long-enough"
    assert webhooks.renew_secrets() == (1, 0)
    settings.SECRET_KEY_FALLBACKS = []
    webhook.refresh_from_db()
    assert webhooks.present_secret(webhook) != secret
    settings.SECRET_KEY = "a third one that never encrypted anything here"
    assert webhooks.renew_secrets() == (0, 1)
