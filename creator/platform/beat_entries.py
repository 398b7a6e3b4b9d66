"""For migrations: inserts an app's periodic tasks as rows, which staff may edit afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.apps.registry import Apps
from django.utils import timezone

Interval = tuple[int, str, int]
"""Count and period ("seconds", "minutes", "hours"); seconds after which an untaken firing expires."""
Nightly = tuple[int, int, int]
"""Hour and minute in UTC; seconds after which an untaken firing expires."""


def add_entries(apps: Apps, intervals: Mapping[str, Interval], nightly: Mapping[str, Nightly]) -> None:
    """Adds an entry for each task that has none under its name. Leaves existing entries as staff set them."""
    for task, (every, period, expires_s) in intervals.items():
        schedule = _first_or_new(apps, "IntervalSchedule", every=every, period=period)
        _add(apps, task, interval=schedule, expire_seconds=expires_s)
    for task, (hour, minute, expires_s) in nightly.items():
        schedule = _first_or_new(apps, "CrontabSchedule", hour=str(hour), minute=str(minute), timezone="UTC")
        _add(apps, task, crontab=schedule, expire_seconds=expires_s)
    wake_beats(apps)


def remove_entries(apps: Apps, tasks: list[str]) -> None:
    """Deletes entries by name."""
    _tasks(apps).filter(name__in=tasks).delete()
    wake_beats(apps)


def rename_task(apps: Apps, old: str, new: str) -> None:
    """Renames the task of existing entries; the schedule and staff changes stay."""
    _tasks(apps).filter(task=old).update(task=new)
    _tasks(apps).filter(name=old).update(name=new)
    wake_beats(apps)


def wake_beats(apps: Apps) -> None:
    """Makes running beat processes reread the schedule: models in migrations do not send the signals for it."""
    apps.get_model("django_celery_beat", "PeriodicTasks")._default_manager.update_or_create(
        ident=1, defaults={"last_update": timezone.now()}
    )


def _tasks(apps: Apps) -> Any:
    return apps.get_model("django_celery_beat", "PeriodicTask")._default_manager


def _add(apps: Apps, task: str, **fields: Any) -> None:
    _tasks(apps).get_or_create(name=task, defaults={"task": task, **fields})


def _first_or_new(apps: Apps, model: str, **fields: Any) -> Any:
    """Uses `first` because schedules have no unique key: staff may have made several equal ones."""
    schedules = apps.get_model("django_celery_beat", model)._default_manager
    return schedules.filter(**fields).first() or schedules.create(**fields)
