"""What was sent is listed for 30 days, and may be sent again under its event id."""

import pytest

from creator.lib.clock import database_now
from creator.lib.errors import Refused
from creator.platform.models import Delivery
from creator.platform.pruning import prune
from jobs import webhooks
from jobs.models import Webhook, WebhookMessage, WebhookTry
from jobs.webhooks import messages


@pytest.fixture
def webhook(add):
    return add("job.completed")[0]


def sent(webhook):
    return webhooks.with_states(webhook, list(webhooks.messages_of(webhook)))


def test_a_test_is_sent_whatever_the_webhook_wants(webhook, receiver, work_off):
    message = webhooks.ping(webhook)
    assert [(each.state, each.next_try_at is None) for each in sent(webhook)] == [("waiting", False)]
    work_off()
    (got,) = receiver.got
    assert (got.event["type"], got.event["id"], got.event["data"]) == (
        "test",
        None,
        {"webhook_id": str(webhook.pk)},
    )
    assert [(each.message, each.state, len(each.tries)) for each in sent(webhook)] == [
        (message, "delivered", 1)
    ]


def test_so_many_tests_are_sent_within_an_hour(webhook, add, monkeypatch):
    monkeypatch.setattr(messages, "TESTS_AN_HOUR", 2)
    webhooks.ping(webhook)
    webhooks.ping(webhook)
    with pytest.raises(Refused) as refused:
        webhooks.ping(webhook)
    assert (refused.value.code, WebhookMessage.objects.count()) == ("rate_limited", 2)
    webhooks.ping(add()[0])
    WebhookMessage.objects.update(created_at=database_now(-3601))
    webhooks.ping(webhook)


def test_a_delivered_message_is_sent_again_under_its_id(webhook, receiver, work_off):
    message = webhooks.ping(webhook)
    work_off()
    webhooks.redeliver(webhook, message)
    work_off()
    first, second = receiver.got
    assert (first.event_id, first.body) == (second.event_id, second.body)
    assert len(sent(webhook)[0].tries) == 2


def test_one_that_was_given_up_gets_three_more_days(webhook, receiver, work_off):
    message = webhooks.ping(webhook)
    Delivery.objects.filter(kind=webhooks.KIND).update(
        dead_at=database_now(), created_at=database_now(-9 * 86400)
    )
    assert sent(webhook)[0].state == "failed"
    receiver.answers(500)
    webhooks.redeliver(webhook, message)
    work_off()
    assert sent(webhook)[0].state == "waiting"


def test_its_tries_are_counted_anew(webhook, receiver, work_off):
    """The column of PostgreSQL ends at 32,767: one more would keep all later deliveries from being taken."""
    message = webhooks.ping(webhook)
    work_off()
    Delivery.objects.filter(kind=webhooks.KIND).update(attempts=32_767)
    webhooks.redeliver(webhook, message)
    work_off()
    assert (len(receiver.got), Delivery.objects.get(kind=webhooks.KIND).attempts) == (2, 1)


@pytest.mark.parametrize("status", [200, 500])
def test_of_many_tries_the_newest_are_kept(webhook, receiver, work_off, monkeypatch, status):
    """Whether each was asked for, or the outbox tried again."""
    monkeypatch.setattr(messages, "KEPT_TRIES", 3)
    receiver.answers(status)
    message = webhooks.ping(webhook)
    for number in range(6):
        receiver.answers(status, str(number).encode())
        work_off()
        if status == 200:
            webhooks.redeliver(webhook, message)
        Delivery.objects.filter(kind=webhooks.KIND).update(due_at=database_now(-1))
    assert [each.answer for each in sent(webhook)[0].tries] == ["3", "4", "5"]


def test_one_that_was_deleted_meanwhile_is_sent_nothing(webhook):
    message = webhooks.ping(webhook)
    webhooks.delete_webhook(webhook)
    for act in (lambda: webhooks.ping(webhook), lambda: webhooks.redeliver(webhook, message)):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == "not_found"
    assert not Delivery.objects.filter(kind=webhooks.KIND).exists()


def test_one_that_waits_is_sent_now(webhook, receiver, work_off):
    message = webhooks.ping(webhook)
    receiver.answers(500)
    work_off()
    receiver.answers(200)
    webhooks.redeliver(webhook, message)
    work_off()
    assert sent(webhook)[0].state == "delivered"


def test_one_whose_delivery_is_pruned_is_sent_too(webhook, receiver, work_off):
    message = webhooks.ping(webhook)
    work_off()
    Delivery.objects.filter(kind=webhooks.KIND).delete()
    assert sent(webhook)[0].state == "delivered"
    webhooks.redeliver(webhook, message)
    work_off()
    assert len(receiver.got) == 2


def test_a_disabled_webhook_is_sent_nothing(webhook):
    message = webhooks.ping(webhook)
    webhook = webhooks.change_webhook(webhook, {"is_enabled": False})
    for act in (lambda: webhooks.ping(webhook), lambda: webhooks.redeliver(webhook, message)):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == "webhook_disabled"


def test_a_message_of_another_webhook_is_not_found(webhook, add):
    message, other = webhooks.ping(webhook), add()[0]
    with pytest.raises(Refused) as refused:
        webhooks.get_message(other, message.pk)
    assert refused.value.code == "not_found"


def test_after_30_days_messages_with_their_tries_and_deliveries_are_deleted(webhook, receiver, work_off):
    webhooks.ping(webhook)
    work_off()
    webhooks.ping(webhook)
    Delivery.objects.filter(kind=webhooks.KIND, done_at=None).update(dead_at=database_now(-31 * 86400))
    WebhookMessage.objects.update(created_at=database_now(-29 * 86400))
    prune()
    assert (WebhookMessage.objects.count(), Delivery.objects.filter(kind=webhooks.KIND).count()) == (2, 1)
    WebhookMessage.objects.update(created_at=database_now(-31 * 86400))
    prune()
    assert (WebhookMessage.objects.count(), WebhookTry.objects.count(), Webhook.objects.count()) == (0, 0, 1)
