"""When mails that can wait are sent: soon, after quiet hours, or once a day, by the person's clock."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db.models import F
from django.utils import timezone

from accounts.models import MailSchedule
from accounts.notifications import notify
from accounts.notifications.preferences import next_mail_at
from creator.platform.models import Delivery

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = {"quiet_from": time(22), "quiet_until": time(7)}
LATE = {"quiet_from": time(22), "quiet_until": time(2, 30)}
NOON = {"quiet_from": time(12), "quiet_until": time(13)}
DAILY = {"rhythm": "daily"}


def at(text):
    """The time by Berlin's clocks, such as `10-25 02:10`; with ` again`, the second time that they show it."""
    shown = text.removesuffix(" again")
    return datetime.fromisoformat(f"2026-{shown}").replace(tzinfo=BERLIN, fold=shown != text)


@pytest.mark.parametrize(
    ("schedule", "created", "now", "sent"),
    [
        ({}, "11-28 23:00", "11-28 23:00", "11-28 23:00"),
        (NIGHT, "11-28 21:59", "11-28 21:59", "11-28 21:59"),
        (NIGHT, "11-28 22:00", "11-28 22:00", "11-29 07:00"),
        (NIGHT, "11-28 22:00", "11-29 06:59", "11-29 07:00"),
        (NIGHT, "11-28 22:00", "11-29 07:00", "11-29 07:00"),
        (NOON, "11-28 12:30", "11-28 12:30", "11-28 13:00"),
        (NOON, "11-28 13:00", "11-28 13:00", "11-28 13:00"),
        ({"quiet_from": time(8), "quiet_until": time(8)}, "11-28 08:00", "11-28 08:00", "11-28 08:00"),
        (DAILY, "11-28 09:00", "11-28 09:02", "11-29 08:00"),
        (DAILY, "11-28 09:00", "11-29 08:00", "11-29 08:00"),
        (DAILY, "11-28 07:59", "11-28 08:01", "11-28 08:00"),
        (DAILY | NIGHT, "11-28 09:00", "11-28 09:02", "11-29 07:00"),
        (NIGHT, "10-24 23:00", "10-24 23:00", "10-25 07:00"),  # the night in which clocks are put back
        (LATE, "10-25 02:10", "10-25 02:10", "10-25 02:30"),
        (LATE, "10-25 02:10 again", "10-25 02:10 again", "10-25 02:30 again"),
        (LATE | DAILY, "10-25 02:10 again", "10-25 02:20 again", "10-25 02:30 again"),
        (LATE | DAILY, "10-25 02:40 again", "10-25 02:50 again", "10-26 02:30"),
        (LATE, "03-29 01:10", "03-29 01:10", "03-29 02:30"),  # clocks show no 02:30 in that night
    ],
)
def test_the_time_of_a_mail(schedule, created, now, sent):
    sent_at = next_mail_at(MailSchedule(**schedule), at(created), at(now))
    assert sent_at.astimezone(UTC) == at(sent).astimezone(UTC)


@pytest.fixture
def at_night(owner):
    """It is within the owner's quiet hours, which end in an hour by the clocks of Tokyo."""
    owner.time_zone = "Asia/Tokyo"
    owner.save()
    now = timezone.now().astimezone(ZoneInfo(owner.time_zone))
    begin, end = (now + timedelta(hours=hours) for hours in (-1, 1))
    MailSchedule.objects.create(user=owner, quiet_from=begin.time(), quiet_until=end.time())
    return owner, end


def test_a_mail_that_can_wait_waits_for_the_end_of_quiet_hours(at_night, optional, send, mailoutbox):
    owner, end = at_night
    notify(optional, owner, event_id="1", facts={"what": "it"})
    assert (send(), mailoutbox) == (1, [])
    row = Delivery.objects.get()
    assert (row.due_at, row.attempts, row.last_error, row.token) == (end, 0, "", None)
    MailSchedule.objects.update(quiet_until=(end - timedelta(hours=1)).time())
    send()
    assert len(mailoutbox) == 1


def test_a_mail_that_cannot_be_turned_off_does_not_wait(at_night, urgent, send, mailoutbox):
    notify(urgent, at_night[0], event_id="1", facts={"what": "it"})
    send()
    assert len(mailoutbox) == 1


def test_a_daily_mail_tells_of_the_whole_day(owner, digested, send, mailoutbox):
    MailSchedule.objects.create(user=owner, rhythm="daily")
    for number in range(3):
        notify(digested, owner, event_id=str(number), facts={"what": f"event {number}"})
    assert (send(), mailoutbox) == (3, [])
    Delivery.objects.update(created_at=F("created_at") - timedelta(days=1))
    send()
    (mail,) = mailoutbox
    assert mail.subject == "3 news"
    assert [f"event {number}" in mail.body for number in range(3)] == [True] * 3


def test_a_mail_of_many_events_describes_some_and_counts_the_others(owner, digested, send, mailoutbox):
    for number in range(25):
        notify(digested, owner, event_id=str(number), facts={"what": "one"})
    send()
    (mail,) = mailoutbox
    assert (mail.body.count("Something about one"), "And 5 more." in mail.body) == (20, True)
