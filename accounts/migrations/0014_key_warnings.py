"""The periodic task that warns of API keys before they expire."""

from django.db import migrations

from creator.platform.beat_entries import add_entries, remove_entries

INTERVALS = {"accounts.warn_of_expiring_keys": (1, "hours", 3600)}


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0013_invitations"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
    ]

    operations = [
        migrations.RunPython(
            lambda apps, _: add_entries(apps, INTERVALS, {}),
            lambda apps, _: remove_entries(apps, list(INTERVALS)),
        )
    ]
