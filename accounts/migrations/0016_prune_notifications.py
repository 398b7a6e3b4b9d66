"""The periodic task that deletes old notifications."""

from django.db import migrations

from creator.platform.beat_entries import add_entries, remove_entries

INTERVALS = {"accounts.prune_notifications": (1, "hours", 3600)}


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0015_email_changes"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
    ]

    operations = [
        migrations.RunPython(
            lambda apps, _: add_entries(apps, INTERVALS, {}),
            lambda apps, _: remove_entries(apps, list(INTERVALS)),
        )
    ]
