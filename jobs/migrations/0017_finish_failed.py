"""Lets staff complete a job that failed only because its picture could not be saved."""

from django.db import migrations

from jobs.models.status_guard import guard_status, unguard_status


class Migration(migrations.Migration):
    dependencies = [("jobs", "0016_database_times")]

    operations = [
        migrations.RunPython(
            unguard_status, migrations.RunPython.noop
        ),  # SQLite keeps a trigger of the same name
        migrations.RunPython(guard_status, migrations.RunPython.noop),
    ]
