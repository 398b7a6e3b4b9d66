"""People are told of keys: made, revoked, and twice before one expires, each once."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from accounts.api_keys import ending, make_api_key, revoke_api_key, warn_of_expiring_keys
from accounts.models import ApiKey, Notification
from accounts.notifications import notify
from accounts.tasks import warn_of_expiring_keys as periodic_warning
from creator.platform.models import Delivery
from creator.platform.outbox import hand_on_due

DAY = timedelta(days=1)


@pytest.fixture
def expiring(cast):
    """Makes a key for 90 days and lets time pass until so many days are left."""

    def make(left: timedelta) -> ApiKey:
        key, _ = make_api_key(owner=cast.owner, name="nightly", expires_at=timezone.now() + 90 * DAY)
        ApiKey.objects.filter(pk=key.pk).update(expires_at=timezone.now() + left)
        return key

    return make


def told(kind: str) -> list[str]:
    """The events of a kind that people were told of, on the page and by mail alike."""
    on_page = list(Notification.objects.filter(kind=kind).order_by("pk").values_list("event_id", flat=True))
    by_mail = Delivery.objects.filter(payload__kind=kind).order_by("pk").values_list("event_id", flat=True)
    assert [f"{kind}:{event}" for event in on_page] == list(by_mail)
    return on_page


def test_a_new_and_a_revoked_key_are_told_of_once_without_the_key(cast):
    key, secret = make_api_key(owner=cast.owner, name="nightly", address="192.0.2.7")
    revoke_api_key(key=key, address="192.0.2.8")
    revoke_api_key(key=key, address="192.0.2.8")
    assert (told("key_made"), told("key_revoked")) == ([str(key.pk)], [str(key.pk)])
    hand_on_due()
    texts = {message.subject: message.body for message in mail.outbox}
    assert "jobs:read, jobs:write" in texts["An API key was created"]
    assert "192.0.2.7" in texts["An API key was created"]
    assert "192.0.2.8" in texts["An API key was revoked"]
    assert secret[17:40] not in str(texts)
    assert all(key.prefix in text for text in texts.values())


@pytest.mark.parametrize(
    ("left", "warnings"), [(8 * DAY, []), (6.9 * DAY, ["7"]), (0.9 * DAY, ["1"]), (-DAY, [])]
)
def test_a_key_about_to_expire_is_told_of_once(expiring, left, warnings):
    key = expiring(left)
    for _ in range(3):
        warn_of_expiring_keys()
    assert told("key_expiring") == [f"{key.pk}-{days}" for days in warnings]


def test_it_is_told_of_again_a_day_before(expiring):
    key = expiring(6.9 * DAY)
    warn_of_expiring_keys()
    ApiKey.objects.update(expires_at=timezone.now() + 0.9 * DAY)
    warn_of_expiring_keys()
    assert told("key_expiring") == [f"{key.pk}-7", f"{key.pk}-1"]


def test_warnings_outlast_the_rows_of_their_deliveries(expiring):
    expiring(6.9 * DAY)
    warn_of_expiring_keys()
    Delivery.objects.all().delete()
    Notification.objects.all().delete()
    warn_of_expiring_keys()
    assert told("key_expiring") == []


@pytest.mark.parametrize(("lasting", "warnings"), [(5 * DAY, ["1"]), (0.5 * DAY, [])])
def test_a_key_made_for_days_is_not_told_of_at_once(cast, lasting, warnings):
    key, _ = make_api_key(owner=cast.owner, name="brief", expires_at=timezone.now() + lasting)
    warn_of_expiring_keys()
    assert told("key_expiring") == []
    ApiKey.objects.update(expires_at=timezone.now() + 0.4 * DAY)
    warn_of_expiring_keys()
    assert told("key_expiring") == [f"{key.pk}-{days}" for days in warnings]


def test_a_revoked_key_is_not_told_of(expiring):
    revoke_api_key(key=expiring(6.9 * DAY))
    warn_of_expiring_keys()
    assert told("key_expiring") == []


def test_the_periodic_task_warns(expiring):
    key = expiring(6.9 * DAY)
    assert periodic_warning()
    assert not periodic_warning()  # its slot is taken
    assert told("key_expiring") == [f"{key.pk}-7"]


def test_an_owner_who_cannot_be_told_does_not_hold_up_the_others(expiring, monkeypatch):
    first, second = expiring(DAY / 2), expiring(DAY / 3)

    def fail_for_the_first(kind, user, *, event_id, facts):
        if event_id.startswith(str(first.pk)):
            raise ValueError
        notify(kind, user, event_id=event_id, facts=facts)

    monkeypatch.setattr(ending, "notify", fail_for_the_first)
    warn_of_expiring_keys()
    assert told("key_expiring") == [f"{second.pk}-1"]
