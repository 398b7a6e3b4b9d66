"""The platform's periodic tasks. Renames the pruning entry that `jobs` added, and so keeps staff's changes to it."""

from django.db import migrations

from creator.platform.beat_entries import add_entries, remove_entries, rename_task

INTERVALS = {
    "platform.ring_for_deliveries": (5, "seconds", 30),
    "platform.prune": (1, "hours", 3600),
}


def forwards(apps, schema_editor):
    rename_task(apps, "jobs.prune", "platform.prune")
    add_entries(apps, INTERVALS, {})


def backwards(apps, schema_editor):
    rename_task(apps, "platform.prune", "jobs.prune")
    remove_entries(apps, ["platform.ring_for_deliveries"])


class Migration(migrations.Migration):
    dependencies = [
        ("platform", "0003_outbox"),
        ("jobs", "0005_beat_entries"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
    ]

    operations = [migrations.RunPython(forwards, backwards)]
