"""Webhooks by the API: added with a secret that is sent once, changed, tested, listed and deleted."""

import json

import pytest

from billing.plans import change_plan
from jobs import webhooks
from jobs.models import Webhook
from tests.jobs.api.conftest import program
from tests.jobs.webhooks.conftest import receiver, work_off  # noqa: F401  (fixtures)

HOOK = "https://hooks.example.org/creator"
ASKED = {"url": HOOK, "events": ["job.failed", "job.completed"]}


def send(client, method, path, body=None, **headers):
    body = "" if body is None else json.dumps(body)
    return client.generic(method, f"/api/v1/webhooks{path}", body, "application/json", headers=headers)


@pytest.fixture
def made(api):
    return send(api, "POST", "", ASKED).json()


def test_a_webhook_is_made_and_read_without_its_secret(api):
    answer = send(api, "POST", "", ASKED, **{"Idempotency-Key": "one"})
    made = answer.json()
    assert (answer.status_code, made["secret"][:6]) == (201, "whsec_")
    assert made["webhook"] == {
        "id": made["webhook"]["id"],
        "created_at": made["webhook"]["created_at"],
        "url": HOOK,
        "events": ["job.completed", "job.failed"],
        "description": "",
        "is_enabled": True,
        "disabled_at": None,
        "disabled_for": "",
        "failing_since": None,
        "old_secret_until": None,
    }
    again = send(api, "POST", "", ASKED, **{"Idempotency-Key": "one"}).json()
    assert (again["secret"], again["webhook"]) == (None, made["webhook"])
    assert send(api, "GET", "").json() == {"webhooks": [made["webhook"]]}
    assert send(api, "GET", f"/{made['webhook']['id']}").json() == made["webhook"]


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({}, {"url", "events"}),
        (ASKED | {"secret": "mine"}, {"secret"}),
        (ASKED | {"events": ["job.done"]}, {"events"}),
        (ASKED | {"url": "http://hooks.example.org/"}, {"url"}),
        (ASKED | {"url": "https://169.254.169.254/latest"}, {"url"}),
        (ASKED | {"description": "x" * 101}, {"description"}),
    ],
)
def test_what_is_wrong_is_named(api, body, names):
    answer = send(api, "POST", "", body)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"], set(error["details"])) == (422, "invalid_parameters", names)
    assert not Webhook.objects.exists()


def test_what_is_sent_is_changed_and_nothing_else(api, made):
    where = f"/{made['webhook']['id']}"
    answer = send(api, "PATCH", where, {"events": ["credits.low"], "is_enabled": False})
    changed = answer.json()
    assert (changed["events"], changed["is_enabled"], changed["disabled_for"]) == (
        ["credits.low"],
        False,
        "person",
    )
    assert changed["url"] == HOOK
    assert send(api, "PATCH", where, {}).json() == changed
    assert send(api, "PATCH", where, {"id": 1}).status_code == 422


def test_a_new_secret_is_sent_once_and_the_old_one_signs_on(api, made):
    path = f"/{made['webhook']['id']}/secret"
    answer = send(api, "POST", path, **{"Idempotency-Key": "two"}).json()
    assert answer["secret"] not in (None, made["secret"])
    again = send(api, "POST", path, **{"Idempotency-Key": "two"}).json()
    assert (again["secret"], again["old_secret_until"]) == (None, answer["old_secret_until"])
    assert webhooks.present_secret(Webhook.objects.get()) == answer["secret"]


def test_a_test_is_delivered_and_listed_with_its_try(api, receiver, work_off):  # noqa: F811
    made = send(api, "POST", "", ASKED | {"url": receiver.url}).json()
    where = f"/{made['webhook']['id']}"
    answer = send(api, "POST", f"{where}/test")
    sent = answer.json()
    assert (answer.status_code, sent["type"], sent["state"], sent["tries"]) == (202, "test", "waiting", [])
    work_off()
    (listed,) = send(api, "GET", f"{where}/deliveries").json()["deliveries"]
    assert (listed["id"], listed["state"], listed["next_try_at"]) == (sent["id"], "delivered", None)
    (tried,) = listed["tries"]
    assert (tried["status"], tried["answer"], tried["problem"]) == (200, "thanks", "")
    assert tried["headers"]["webhook-id"] == listed["event_id"] == receiver.got[0].event_id
    assert listed["body"].encode() == receiver.got[0].body
    assert receiver.got[0].is_signed_with(made["secret"])
    assert send(api, "POST", f"{where}/deliveries/{sent['id']}/redeliver").status_code == 202
    work_off()
    assert receiver.got[1].event_id == receiver.got[0].event_id


def test_deliveries_come_in_pages_newest_first(api, made):
    where = f"/{made['webhook']['id']}"
    sent = [send(api, "POST", f"{where}/test").json()["id"] for _ in range(5)]
    found, page = [], f"/api/v1/webhooks{where}/deliveries?limit=2"
    while page:
        answer = api.get(page).json()
        found += [each["id"] for each in answer["deliveries"]]
        page = answer["next"]
    assert found == sent[::-1]


def test_a_disabled_webhook_is_not_tested(api, made):
    where = f"/{made['webhook']['id']}"
    send(api, "PATCH", where, {"is_enabled": False})
    answer = send(api, "POST", f"{where}/test")
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "webhook_disabled")


def test_it_is_deleted(api, made):
    where = f"/{made['webhook']['id']}"
    assert send(api, "DELETE", where).status_code == 204
    assert send(api, "GET", where).status_code == 404


def test_a_plan_without_webhooks_is_refused(cast, api, made):
    change_plan(cast.owner, "free")
    cast.owner.credit_account.plan.__class__.objects.filter(slug="free").update(features=["api_keys"])
    answer = send(program(cast.owner), "POST", "", ASKED)
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "plan_required")


def test_anothers_is_not_found(cast, made):
    other, where = program(cast.other), f"/{made['webhook']['id']}"
    sent = webhooks.ping(Webhook.objects.get())
    asked = {
        "": ("GET", "PATCH", "DELETE"),
        "/secret": ("POST",),
        "/test": ("POST",),
        "/deliveries": ("GET",),
        f"/deliveries/{sent.pk}/redeliver": ("POST",),
    }
    codes = {send(other, method, where + path).status_code for path in asked for method in asked[path]}
    assert (codes, Webhook.objects.count()) == ({404}, 1)
