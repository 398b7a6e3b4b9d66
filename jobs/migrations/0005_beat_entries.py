"""The periodic tasks as rows that staff may change: an entry that is there already is left as it is."""

from django.db import migrations
from django.utils import timezone

# Name of the task: (every so many, period) or (hour, minute) of each day in UTC; seconds after which a firing that
# nobody took is dropped: half a minute at least, for beat's clock says when and the worker's says whether, and a tick too
# many costs nothing. Nightly ones at 4: a beat that was away then makes up for it only for tasks of this hour.
INTERVALS = {
    "jobs.sweep": (1, "seconds", 30),
    "jobs.check_nodes": (5, "seconds", 30),
    "jobs.purge_expired": (10, "minutes", 600),
    "jobs.prune": (1, "hours", 3600),
}
NIGHTLY = {
    "jobs.collect_orphan_files": (4, 10, 12 * 3600),
    "billing.ledger_audit": (4, 40, 12 * 3600),
}


def add_entries(apps, schema_editor):
    tasks = apps.get_model("django_celery_beat", "PeriodicTask").objects
    for name, (every, period, expires_s) in INTERVALS.items():
        schedule = _first_or_new(apps, "IntervalSchedule", every=every, period=period)
        _add(tasks, name, interval=schedule, expire_seconds=expires_s)
    for name, (hour, minute, expires_s) in NIGHTLY.items():
        schedule = _first_or_new(apps, "CrontabSchedule", hour=str(hour), minute=str(minute), timezone="UTC")
        _add(tasks, name, crontab=schedule, expire_seconds=expires_s)
    _tell_running_beats(apps)


def remove_entries(apps, schema_editor):
    apps.get_model("django_celery_beat", "PeriodicTask").objects.filter(
        name__in=[*INTERVALS, *NIGHTLY]
    ).delete()
    _tell_running_beats(apps)


def _add(tasks, name, **fields):
    tasks.get_or_create(name=name, defaults={"task": name, **fields})


def _first_or_new(apps, model, **fields):
    """Schedules have no unique key: staff may have made an equal one, or several."""
    schedules = apps.get_model("django_celery_beat", model).objects
    return schedules.filter(**fields).first() or schedules.create(**fields)


def _tell_running_beats(apps):
    """Models of migrations send no signals, and a beat reads its schedule again when this row says so."""
    apps.get_model("django_celery_beat", "PeriodicTasks").objects.update_or_create(
        ident=1, defaults={"last_update": timezone.now()}
    )


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0004_batch_reused"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
    ]

    operations = [migrations.RunPython(add_entries, remove_entries)]
