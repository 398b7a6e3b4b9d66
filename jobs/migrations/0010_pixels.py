"""Jobs and attempts record the pixels of photo and result, by which estimates scale their times."""

from django.db import migrations, models

from jobs.models.status_guard import guard_status, unguard_status


class Migration(migrations.Migration):
    dependencies = [("jobs", "0009_names")]

    operations = [
        migrations.AddField(
            "attempt",
            "pixels",
            models.PositiveIntegerField(
                default=0, db_default=0, help_text="The job's, kept here for estimates."
            ),
        ),
        migrations.AddField(
            "job",
            "pixels",
            models.PositiveIntegerField(
                default=0,
                db_default=0,
                help_text="Of photo and result, on which its time on a node depends. 0: unknown.",
            ),
        ),
        migrations.RunPython(guard_status, unguard_status),
    ]
