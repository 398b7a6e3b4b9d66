"""Recreates the schedule that the migrations make, which is lost after a test that empties the database."""

from importlib import import_module

from django.apps import apps
from django_celery_beat.models import PeriodicTask

from creator.platform.beat_entries import add_entries, wake_beats

jobs = import_module("jobs.migrations.0005_beat_entries")
strays = import_module("jobs.migrations.0012_strays")
files = import_module("jobs.migrations.0015_files_on_nodes")
rollups = import_module("jobs.migrations.0029_rollups")
data = import_module("accounts.migrations.0012_data")
keys = import_module("accounts.migrations.0014_key_warnings")
notifications = import_module("accounts.migrations.0016_prune_notifications")
billing = import_module("billing.migrations.0004_beat_entries")
looks = import_module("billing.migrations.0010_looks")
credits = import_module("billing.migrations.0011_take_backs")
reminders = import_module("billing.migrations.0013_reminders")
platform = import_module("creator.platform.migrations.0004_beat_entries")
drive = import_module("drive.migrations.0002_beat_entries")
channels = import_module("drive.migrations.0005_renew_channels")
LATER = strays.INTERVALS | files.INTERVALS | data.INTERVALS | keys.INTERVALS | notifications.INTERVALS
LATER |= looks.INTERVALS | credits.INTERVALS | reminders.INTERVALS | drive.INTERVALS
LATER |= channels.INTERVALS | rollups.INTERVALS
BILLING = billing.NIGHTLY | looks.NIGHTLY
NIGHTLY = BILLING | drive.NIGHTLY
OURS = {*jobs.INTERVALS, *LATER, *jobs.NIGHTLY, *NIGHTLY, *platform.INTERVALS}


def add() -> None:
    """Adds our entries in the order of the migrations; leaves existing ones unchanged."""
    if not PeriodicTask.objects.filter(name="platform.prune").exists():
        jobs.add_entries(apps, None)
        platform.forwards(apps, None)
    else:
        add_entries(
            apps,
            {name: jobs.INTERVALS[name] for name in jobs.INTERVALS if name != "jobs.prune"},
            jobs.NIGHTLY,
        )
        add_entries(apps, platform.INTERVALS, {})
    add_entries(apps, LATER, NIGHTLY)


def remove() -> None:
    """Removes our entries by name; keeps those that staff added."""
    PeriodicTask.objects.filter(name__in=OURS).delete()
    wake_beats(apps)
