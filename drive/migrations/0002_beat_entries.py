from django.db import migrations

from creator.platform.beat_entries import add_entries, remove_entries

NIGHTLY = {"drive.send_digests": (4, 45, 12 * 3600)}
INTERVALS = {"drive.look": (1, "seconds", 30), "drive.try_paused": (5, "minutes", 300)}


class Migration(migrations.Migration):
    dependencies = [
        ("drive", "0001_folders"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
    ]

    operations = [
        migrations.RunPython(
            lambda apps, _: add_entries(apps, INTERVALS, NIGHTLY),
            lambda apps, _: remove_entries(apps, [*INTERVALS, *NIGHTLY]),
        )
    ]
