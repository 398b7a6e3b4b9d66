from django.db import migrations

from creator.platform.beat_entries import add_entries, remove_entries

INTERVALS = {"drive.renew_channels": (1, "minutes", 60)}


class Migration(migrations.Migration):
    dependencies = [
        ("drive", "0004_channels"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
    ]

    operations = [
        migrations.RunPython(
            lambda apps, _: add_entries(apps, INTERVALS, {}),
            lambda apps, _: remove_entries(apps, [*INTERVALS]),
        )
    ]
