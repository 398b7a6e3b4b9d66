"""What people want to be told, how, and when. Rows exist only for what differs from the defaults."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, time, timedelta

from django.db import transaction

from accounts.enums import MailRhythm
from accounts.models import MailSchedule, NotificationPreference, User
from accounts.notifications.kind import Kind, all_kinds

DAILY_AT = time(8)
"""When the daily mail is sent, in the person's time zone, unless their quiet hours end at another time."""


def turned_off(user: User, channel: str) -> set[str]:
    """Names of the kinds that the person turned off in a channel: `mail` or `page`."""
    return set(
        NotificationPreference.objects.filter(user=user, **{channel: False}).values_list("kind", flat=True)
    )


@transaction.atomic
def choose(user: User, *, mail: Collection[str], page: Collection[str]) -> None:
    """Stores the names of the kinds that the person wants by mail and on the page.

    Kinds that cannot be turned off stay on.
    """
    rows = [
        NotificationPreference(user=user, kind=kind.name, mail=kind.name in mail, page=kind.name in page)
        for kind in all_kinds()
        if kind.optional
    ]
    NotificationPreference.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["user", "kind"], update_fields=["mail", "page"]
    )


def turn_off_mail(user: User, kinds: Collection[Kind]) -> None:
    """Ends mails of these kinds; those that cannot be turned off stay."""
    for kind in kinds:
        if kind.optional:
            NotificationPreference.objects.update_or_create(
                user=user, kind=kind.name, defaults={"mail": False}
            )


def may_mail_from(user: User, created: datetime, now: datetime) -> datetime:
    """When a mail that can wait may be sent, of an event of `created`: at once, after quiet hours or once a day."""
    schedule = MailSchedule.objects.filter(user=user).first()
    zone = user.zone or UTC
    return next_mail_at(schedule, created.astimezone(zone), now.astimezone(zone)) if schedule else now


def next_mail_at(schedule: MailSchedule, created: datetime, now: datetime) -> datetime:
    """As `may_mail_from`, with both times in the person's time zone."""
    begin, end = schedule.quiet_from, schedule.quiet_until
    if schedule.rhythm == MailRhythm.DAILY:
        return _next(end or DAILY_AT, created)
    if begin is None or end is None or begin == end:
        return now
    clock = now.time()
    is_quiet = begin <= clock < end if begin < end else clock >= begin or clock < end
    return _next(end, now) if is_quiet else now


def _next(clock: time, now: datetime) -> datetime:
    """The next time, `now` excluded, at which clocks show `clock`.

    In the hour that clocks show twice, `fold` says which of the two it is, and comparisons leave it out (PEP 495).
    """
    at = datetime.combine(now.date(), clock.replace(fold=now.fold), now.tzinfo)
    return at if at > now else datetime.combine(now.date() + timedelta(days=1), clock, now.tzinfo)
