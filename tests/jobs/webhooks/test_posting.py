"""A message is posted, signed, until its receiver takes it; every try is kept with what was sent and answered."""

import socket
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Notification
from creator.lib.clock import database_now
from creator.platform.models import AuditLine, Delivery
from jobs import webhooks
from jobs.models import UserQueue, Webhook, WebhookMessage, WebhookTry
from jobs.webhooks import posting
from tests.jobs.lifecycle import rows

HOUR = timedelta(hours=1)


def delivery():
    return Delivery.objects.get(kind=webhooks.KIND)


def make_due():
    Delivery.objects.update(due_at=database_now(-1))


def wait():
    """For how long from now the delivery waits."""
    return delivery().due_at - timezone.now()


@pytest.fixture
def told(cast, slow, add):
    """A webhook to which one event is to be sent, and its secret."""
    webhook, secret = add("job.queued")
    rows.submit_one(cast.owner, slow)
    return webhook, secret


def test_a_message_is_posted_signed_and_kept_with_its_answer(told, receiver, work_off):
    assert (work_off(), work_off()) == (1, 0)
    (got,) = receiver.got
    assert got.is_signed_with(told[1])
    message, tried = WebhookMessage.objects.get(), WebhookTry.objects.get()
    assert (got.body, got.event_id) == (message.body.encode(), message.event_id)
    assert got.headers["content-type"] == "application/json"
    assert (tried.status, tried.answer, tried.problem, tried.is_taken) == (200, "thanks", "", True)
    assert {**got.headers, **tried.headers} == got.headers
    assert 0 < tried.seconds < posting.WAIT_S
    assert delivery().done_at is not None


def test_twin_another_secret_does_not_verify(told, receiver, work_off):
    work_off()
    assert not receiver.got[0].is_signed_with(webhooks.rotate_secret(told[0]))


def test_after_a_change_of_the_secret_both_sign_and_a_day_later_one(told, receiver, work_off):
    webhook, first = told
    second = webhooks.rotate_secret(webhook)
    work_off()
    assert [receiver.got[0].is_signed_with(each) for each in (first, second)] == [True, True]
    Webhook.objects.update(old_secret_until=database_now(-1))
    webhooks.ping(webhook)
    work_off()
    assert [receiver.got[1].is_signed_with(each) for each in (first, second)] == [False, True]


@pytest.mark.parametrize("status", [300, 301, 304, 400, 401, 404, 418, 500, 503])
def test_whatever_is_no_success_is_tried_again_with_the_same_id_and_body(told, receiver, work_off, status):
    receiver.answers(status)
    assert work_off() == 1
    assert (delivery().done_at, delivery().dead_at) == (None, None)
    assert WebhookTry.objects.get().status == status
    make_due()
    receiver.answers(204)
    work_off()
    first, second = receiver.got
    assert (first.event_id, first.body) == (second.event_id, second.body)
    assert [each.is_taken for each in WebhookTry.objects.all()] == [False, True]


def test_a_redirect_is_not_followed(told, receiver, work_off):
    receiver.answers(307, location=receiver.url + "/elsewhere")
    work_off()
    assert len(receiver.got) == 1
    assert "Redirects are not followed" in WebhookTry.objects.get().problem


@pytest.mark.parametrize("status", [429, 503])
def test_a_receiver_may_ask_for_patience(told, receiver, work_off, status):
    receiver.answers(status, Retry_After="7200")
    work_off()
    assert 2 * HOUR - HOUR / 60 < wait() <= 2 * HOUR


@pytest.mark.parametrize(
    ("status", "asked", "most"),
    [(503, "999999999999", 24 * HOUR), (503, "-5", HOUR), (503, "soon", HOUR), (500, "7200", HOUR)],
)
def test_but_not_for_ever_nor_with_nonsense(told, receiver, work_off, status, asked, most):
    receiver.answers(status, Retry_After=asked)
    work_off()
    assert wait() <= most


def test_patience_may_be_asked_for_until_a_date(told, receiver, work_off):
    at = timezone.now() + 3 * HOUR
    receiver.answers(503, Retry_After=at.strftime("%a, %d %b %Y %H:%M:%S GMT"))
    work_off()
    assert 3 * HOUR - HOUR / 30 < wait() <= 3 * HOUR


def test_of_a_long_answer_the_first_4_kib_are_kept(told, receiver, work_off):
    receiver.answers(500, b"\0\xff" + b"x" * 100_000)
    work_off()
    answer = WebhookTry.objects.get().answer
    assert (len(answer), answer[:3]) == (4096, "\ufffd\ufffdx")


def test_a_receiver_that_hangs_is_given_up_in_time(told, receiver, work_off, monkeypatch):
    monkeypatch.setattr(posting, "WAIT_S", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        _move_to(silent.getsockname()[1])
        work_off()
    tried = WebhookTry.objects.get()
    assert (tried.status, tried.problem) == (None, "The server did not answer in time.")
    assert 0.4 < tried.seconds < 5


def test_an_address_that_became_private_is_not_visited(told, receiver, work_off):
    with socket.create_server(("127.0.0.1", 0)) as canary:
        canary.settimeout(0.2)
        Webhook.objects.update(url=f"https://127.0.0.1:{canary.getsockname()[1]}/")
        work_off()
        with pytest.raises(TimeoutError):
            canary.accept()
    tried = WebhookTry.objects.get()
    assert (tried.status, "public" in tried.problem) == (None, True)


def test_410_disables_it_at_once_and_its_owner_is_told(cast, slow, told, receiver, work_off):
    rows.submit_one(cast.owner, slow)
    receiver.answers(410)
    work_off()
    webhook = Webhook.objects.get()
    assert (webhook.disabled_for, len(receiver.got)) == ("gone", 1)
    assert set(Delivery.objects.filter(kind=webhooks.KIND).values_list("done_at", flat=True)) == {None}
    assert not Delivery.objects.filter(kind=webhooks.KIND, dead_at=None).exists()
    assert UserQueue.objects.get(pk=cast.owner.pk).webhook_events == ""
    _is_told(cast.owner, "gone")


def test_a_week_in_which_it_took_nothing_disables_it(cast, told, receiver, work_off):
    receiver.answers(500)
    work_off()
    assert Webhook.objects.get().failing_since is not None
    for days, is_enabled in ((6.9, True), (7.1, False)):
        Webhook.objects.update(failing_since=database_now(-days * 86400))
        make_due()
        work_off()
        assert Webhook.objects.get().is_enabled is is_enabled
    _is_told(cast.owner, "failing")


def test_one_success_begins_the_week_anew(told, receiver, work_off):
    Webhook.objects.update(failing_since=database_now(-6 * 86400))
    work_off()
    assert Webhook.objects.get().failing_since is None


def test_what_waits_for_a_disabled_webhook_is_given_up(told, receiver, work_off):
    webhooks.change_webhook(told[0], {"is_enabled": False})
    assert (work_off(), receiver.got, delivery().dead_at is None) == (0, [], False)


def test_a_message_of_a_locked_account_is_given_up(cast, told, receiver, work_off):
    cast.owner.is_active = False
    cast.owner.save()
    work_off()
    assert (receiver.got, delivery().dead_at is None) == ([], False)


def test_without_the_key_of_the_secret_it_waits(told, receiver, work_off, settings):
    settings.SECRET_KEY, before = "a key that encrypted nothing of what is stored", settings.SECRET_KEY
    work_off()
    assert (receiver.got, delivery().dead_at) == ([], None)
    settings.SECRET_KEY = before
    make_due()
    work_off()
    assert receiver.got[0].is_signed_with(told[1])


def test_after_a_new_secret_it_waits_no_longer(told, receiver, work_off):
    """The old one, which cannot be read, is left out of the signatures of that day."""
    Webhook.objects.update(secret="lost")
    secret = webhooks.rotate_secret(Webhook.objects.get())
    work_off()
    assert receiver.got[0].is_signed_with(secret)


def test_the_events_of_a_job_arrive_in_their_order(cast, slow, node, add, receiver, work_off):
    from jobs.lifecycle import finish_job

    add()
    finish_job(rows.claim(rows.submit_one(cast.owner, slow), node), [])
    work_off()
    assert receiver.types == ["job.queued", "job.processing", "job.completed", "batch.completed"]
    assert [each.event["id"] for each in receiver.got] == sorted(each.event["id"] for each in receiver.got)


def _move_to(port):
    from dataclasses import replace

    from django.conf import settings

    settings.CONFIG = replace(settings.CONFIG, outside_allowed_hosts=(f"127.0.0.1:{port}",))
    Webhook.objects.update(url=f"http://127.0.0.1:{port}/")


def _is_told(owner, why):
    line = AuditLine.objects.get(action="webhook_disabled")
    assert (line.details["why"], line.subject) == (why, f"user:{owner.pk}")
    notice = Notification.objects.get(user=owner, kind="webhook_disabled")
    assert (notice.facts["why"], notice.facts["webhook_id"]) == (why, str(Webhook.objects.get().pk))
    assert Delivery.objects.filter(kind="mail", event_id__startswith="webhook_disabled:").count() == 1
