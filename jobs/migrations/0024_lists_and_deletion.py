"""Lists of jobs by status and by preset stay fast, by indexes that replace two narrower ones. Jobs can be deleted."""

from django.conf import settings
from django.db import migrations, models

from jobs.models.status_guard import guard_status, unguard_status


class Migration(migrations.Migration):
    dependencies = [("jobs", "0023_labels_and_hashes")]

    operations = [
        migrations.AddField(
            "job",
            "deleted_at",
            models.DateTimeField(
                help_text="Its owner deleted it: it shows nowhere, and goes once its files are gone.",
                null=True,
            ),
        ),
        migrations.AddIndex(
            "job", models.Index(fields=["owner", "status", "-created_at"], name="job_newest_of_status")
        ),
        migrations.AddIndex(
            "job",
            models.Index(fields=["preset_version", "owner", "-created_at"], name="job_newest_of_version"),
        ),
        migrations.AlterField(
            "job",
            "owner",
            models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="jobs", db_index=False),
        ),
        migrations.AlterField(
            "job",
            "preset_version",
            models.ForeignKey("jobs.presetversion", models.PROTECT, related_name="jobs", db_index=False),
        ),
        migrations.RunPython(guard_status, unguard_status),
    ]
