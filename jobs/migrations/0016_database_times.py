"""Rows get their times from the database's clock, since the clocks of processes differ."""

from django.db import migrations, models
from django.db.models.functions import Now

from jobs.models.status_guard import guard_status, unguard_status


class Migration(migrations.Migration):
    dependencies = [("jobs", "0015_files_on_nodes")]

    operations = [
        migrations.AlterField(
            "artifact", "created_at", models.DateTimeField(db_default=Now(), editable=False)
        ),
        migrations.AlterField(
            "attempt", "created_at", models.DateTimeField(db_default=Now(), editable=False)
        ),
        migrations.AlterField("batch", "created_at", models.DateTimeField(db_default=Now(), editable=False)),
        migrations.AlterField("job", "created_at", models.DateTimeField(db_default=Now(), editable=False)),
        migrations.AlterField(
            "jobevent", "created_at", models.DateTimeField(db_default=Now(), editable=False)
        ),
        migrations.AlterField("jobprogress", "updated_at", models.DateTimeField(db_default=Now())),
        migrations.AlterField(
            "presetversion", "created_at", models.DateTimeField(db_default=Now(), editable=False)
        ),
        migrations.AlterField("upload", "created_at", models.DateTimeField(db_default=Now(), editable=False)),
        migrations.RunPython(guard_status, unguard_status),  # SQLite rebuilt the table and dropped them
    ]
