from datetime import timedelta

from django.contrib.sessions.models import Session
from django.utils import timezone

from creator.platform.models import BeatSlot, Delivery, IdempotencyKey
from creator.platform.pruning import prune

NOW = timezone.now()


def made_ago(row, **ago):
    type(row).objects.filter(pk=row.pk).update(created_at=timezone.now() - timedelta(**ago))


def pruned() -> dict[str, int]:
    """How many rows went, of the kinds of which any did."""
    return {kind: number for kind, number in prune().items() if number}


def test_answers_are_kept_for_a_day(cast):
    for name, hours in (("old", 25), ("young", 23)):
        made_ago(IdempotencyKey.objects.create(owner=cast.owner, key=name, body_hash="0"), hours=hours)
    assert pruned() == {"idempotency_keys": 1}
    assert IdempotencyKey.objects.get().key == "young"


def test_old_slots_go_but_the_last_of_each_task(db):
    """A task's last slot may still be current: staff can make the interval, and so the slot, very long."""
    for task, days in (("a", 9), ("a", 8), ("b", 9), ("b", 1)):
        made_ago(BeatSlot.objects.create(task=task, slot=NOW - timedelta(days=days)), days=days)
    assert pruned() == {"beat_slots": 2}
    assert set(BeatSlot.objects.values_list("task", "slot")) == {
        ("a", NOW - timedelta(days=8)),
        ("b", NOW - timedelta(days=1)),
    }


def test_done_deliveries_go_after_a_month_and_dead_ones_stay(db):
    for name, ended in (("old", 31), ("young", 29)):
        at = NOW - timedelta(days=ended)
        Delivery.objects.create(kind="mail", destination="a@b.c", event_id=name, done_at=at)
        Delivery.objects.create(kind="mail", destination="a@b.c", event_id=f"dead {name}", dead_at=at)
    assert prune()["deliveries"] == 1
    left = sorted(Delivery.objects.values_list("event_id", flat=True))
    assert left == ["dead old", "dead young", "young"]


def test_ended_sessions_go(db):
    for name, hours in (("old", -1), ("live", 1)):
        expiry = timezone.now() + timedelta(hours=hours)
        Session.objects.create(session_key=name, session_data="", expire_date=expiry)
    prune()
    assert Session.objects.get().session_key == "live"
