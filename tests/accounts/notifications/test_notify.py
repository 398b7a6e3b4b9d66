"""Each event is told once, to the right address, and only if its person wants to know."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction
from django.db.models import F

from accounts.models import Notification
from accounts.notifications import kinds, notify, prune_notifications
from accounts.notifications.preferences import turn_off_mail
from creator.platform.models import Delivery

BEACH = {"what": "the beach"}


def test_an_event_is_told_once_however_often_it_is_reported(owner, urgent, send, mailoutbox):
    for _ in range(3):
        notify(urgent, owner, event_id="1", facts=BEACH)
    notify(urgent, owner, event_id="2", facts=BEACH)
    assert (send(), len(mailoutbox)) == (2, 2)
    assert sorted(Notification.objects.values_list("event_id", flat=True)) == ["1", "2"]


def test_events_of_different_kinds_and_people_are_different(owner, cast, urgent, make_kind, send, mailoutbox):
    for kind, user in ((urgent, owner), (urgent, cast.other), (make_kind("another"), owner)):
        notify(kind, user, event_id="1", facts=BEACH)
    send()
    assert sorted(mail.to[0] for mail in mailoutbox) == [cast.other.email, owner.email, owner.email]


def test_nothing_is_told_of_what_was_rolled_back(owner, urgent, send, mailoutbox):
    with transaction.atomic():
        notify(urgent, owner, event_id="1", facts=BEACH)
        transaction.set_rollback(True)
    assert (send(), mailoutbox, Notification.objects.count()) == (0, [], 0)


def test_both_addresses_are_told_of_a_change(owner, send, mailoutbox):
    facts = {"from_email": "old@example.org", "to_email": "new@example.org"}
    for address in ("old@example.org", "new@example.org"):
        notify(kinds.EMAIL_CHANGED, owner, event_id="1", facts=facts, to=address)
    send()
    assert sorted(mail.to[0] for mail in mailoutbox) == ["new@example.org", "old@example.org"]
    assert Notification.objects.count() == 1


@pytest.mark.parametrize("facts", [{}, {"what": "it", "secret": "1"}])
def test_a_kind_takes_its_own_facts_only(owner, urgent, facts):
    with pytest.raises(ValueError, match="missing or unknown facts"):
        notify(urgent, owner, event_id="1", facts=facts)


def test_a_kind_that_was_turned_off_is_not_mailed(owner, optional, urgent, send, mailoutbox):
    turn_off_mail(owner, [optional, urgent])
    notify(optional, owner, event_id="1", facts=BEACH)
    notify(urgent, owner, event_id="1", facts=BEACH)
    send()
    assert [mail.extra_headers.get("List-Unsubscribe") for mail in mailoutbox] == [None]
    assert Delivery.objects.filter(done_at=None).count() == 0


def test_a_mail_that_can_be_turned_off_goes_to_a_confirmed_address_only(cast, optional, send, mailoutbox):
    notify(optional, cast.other, event_id="1", facts=BEACH)
    assert (send(), mailoutbox) == (1, [])


def test_times_are_facts(owner, send, mailoutbox):
    facts = {**kinds.KEY_EXPIRING.sample, "expires_at": datetime(2027, 1, 2, 3, 4, tzinfo=UTC)}
    notify(kinds.KEY_EXPIRING, owner, event_id="1", facts=facts)
    send()
    assert "2 Jan 2027, 03:04 UTC" in mailoutbox[0].body


def test_a_workers_mail_leads_to_the_configured_address(owner, urgent, send, settings, mailoutbox):
    settings.SITE_ADDRESS, settings.ALLOWED_HOSTS = "https://pictures.example", ["pictures.example"]
    notify(urgent, owner, event_id="1", facts=BEACH)
    send()
    assert "Look: https://pictures.example/home/" in mailoutbox[0].body


def test_times_are_in_the_persons_zone(owner, urgent, send, mailoutbox):
    owner.time_zone = "Asia/Tokyo"
    owner.save()
    facts = {**kinds.KEY_EXPIRING.sample, "expires_at": datetime(2027, 1, 2, 3, 4, tzinfo=UTC)}
    notify(kinds.KEY_EXPIRING, owner, event_id="1", facts=facts)
    send()
    text, html = mailoutbox[0].body, mailoutbox[0].alternatives[0].content
    assert ["2 Jan 2027, 12:04 JST" in part for part in (text, html)] == [True, True]


def test_notifications_are_listed_for_90_days(owner, urgent):
    for days in (89, 91):
        notify(urgent, owner, event_id=str(days), facts=BEACH)
        row = Notification.objects.filter(event_id=str(days))
        row.update(created_at=F("created_at") - timedelta(days=days))
    assert prune_notifications() == 1
    assert list(Notification.objects.values_list("event_id", flat=True)) == ["89"]
