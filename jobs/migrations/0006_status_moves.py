"""The database refuses a move that no job makes."""

from django.db import migrations

from jobs.models.status_guard import guard_status, unguard_status


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0005_beat_entries"),
    ]

    operations = [migrations.RunPython(guard_status, unguard_status)]
