"""The pages of webhooks: added, changed, tested, shown with their deliveries, sent again, deleted."""

import pytest
from django.test import Client

from billing.plans import change_plan
from jobs import webhooks
from jobs.models import Webhook
from tests.creator.roles.askers import _browser
from tests.jobs.webhooks.conftest import receiver, work_off  # noqa: F401  (fixtures)

HOOK = "https://hooks.example.org/creator"
LIST = "/account/webhooks/"


@pytest.fixture
def browser(cast) -> Client:
    cast.owner.set_password("plum-orbit-lantern-93")
    cast.owner.save()
    return _browser(cast.owner)


@pytest.fixture
def webhook(cast):
    return webhooks.add_webhook(owner=cast.owner, url=HOOK, events=["job.completed"])[0]


def text_of(browser, path):
    answer = browser.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_webhook_is_added_and_its_secret_shown(browser):
    assert "You have no webhooks yet." in text_of(browser, LIST)
    answer = browser.post(f"{LIST}new/", {"url": HOOK, "events": ["job.completed"], "description": "Shop"})
    made = Webhook.objects.get()
    assert answer["Location"] == f"{LIST}{made.pk}/secret/"
    assert webhooks.present_secret(made) in text_of(browser, answer["Location"])
    page = text_of(browser, LIST)
    assert "Shop" in page
    assert HOOK in page
    assert "job.completed" in page


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"url": "http://hooks.example.org/", "events": ["job.completed"]}, "begins with https://"),
        ({"url": HOOK}, "Choose at least one event."),
        ({"events": ["job.completed"]}, "This field is required."),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(browser, sent, says):
    assert says in browser.post(f"{LIST}new/", sent).content.decode()
    assert not Webhook.objects.exists()


def test_it_is_changed(browser, webhook):
    page = text_of(browser, f"{LIST}{webhook.pk}/edit/")
    assert HOOK in page
    browser.post(f"{LIST}{webhook.pk}/edit/", {"url": f"{HOOK}/2", "events": ["credits.low"]})
    webhook.refresh_from_db()
    assert (webhook.url, webhook.events) == (f"{HOOK}/2", ["credits.low"])


def test_a_new_secret_is_made(browser, webhook):
    before = webhooks.present_secret(webhook)
    answer = browser.post(f"{LIST}{webhook.pk}/secret/", follow=True)
    webhook.refresh_from_db()
    page = answer.content.decode()
    assert webhooks.present_secret(webhook) in page
    assert before not in page
    assert "signed with the secret before it too" in page


def test_a_test_is_sent_and_its_answer_shown(cast, browser, receiver, work_off):  # noqa: F811
    webhook, _ = webhooks.add_webhook(owner=cast.owner, url=receiver.url, events=["job.completed"])
    receiver.answers(500, b"<script>alert(1)</script>")
    where = browser.post(f"{LIST}{webhook.pk}/test/")["Location"]
    assert "Not tried yet" in text_of(browser, where)
    work_off()
    page = text_of(browser, where)
    assert "It answered with status 500." in page
    assert "webhook-signature" in page
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "Failing" in text_of(browser, f"{LIST}{webhook.pk}/")
    receiver.answers(200)
    browser.post(f"{where}redeliver/")
    work_off()
    assert "Delivered" in text_of(browser, where)
    assert "Failing" not in text_of(browser, f"{LIST}{webhook.pk}/")


def test_it_is_disabled_and_enabled(browser, webhook):
    browser.post(f"{LIST}{webhook.pk}/switch/")
    page = text_of(browser, f"{LIST}{webhook.pk}/")
    assert "You disabled it." in page
    assert "Send a test" not in page
    browser.post(f"{LIST}{webhook.pk}/switch/", {"enable": "yes"})
    assert "Send a test" in text_of(browser, f"{LIST}{webhook.pk}/")


def test_it_is_deleted_after_a_question(browser, webhook):
    path = f"{LIST}{webhook.pk}/delete/"
    assert "hooks.example.org" in text_of(browser, path)
    assert Webhook.objects.exists()
    assert browser.post(path)["Location"] == LIST
    assert not Webhook.objects.exists()


def test_a_plan_without_webhooks_is_told_so_and_may_still_delete(cast, browser, webhook):
    change_plan(cast.owner, "free")
    for path in (LIST, f"{LIST}{webhook.pk}/"):
        assert "does not include webhooks" in text_of(browser, path)
    answer = browser.post(f"{LIST}new/", {"url": HOOK, "events": ["job.completed"]})
    assert "does not include webhooks" in answer.content.decode()
    assert "does not include" in browser.post(f"{LIST}{webhook.pk}/test/", follow=True).content.decode()
    browser.post(f"{LIST}{webhook.pk}/delete/")
    assert not Webhook.objects.exists()


def test_a_secret_that_cannot_be_read_is_replaced(browser, webhook):
    """Its key was changed and is no longer among the fallbacks."""
    Webhook.objects.update(secret="lost")
    assert "The secret cannot be read any more." in text_of(browser, f"{LIST}{webhook.pk}/secret/")
    page = browser.post(f"{LIST}{webhook.pk}/secret/", follow=True).content.decode()
    webhook.refresh_from_db()
    assert webhooks.present_secret(webhook) in page


def test_people_prove_who_they_are_before_they_see_a_secret(cast, webhook):
    client = Client()
    client.force_login(cast.owner)
    for path in ("new/", f"{webhook.pk}/secret/", f"{webhook.pk}/edit/"):
        assert client.get(f"{LIST}{path}")["Location"].startswith("/accounts/reauthenticate/")
