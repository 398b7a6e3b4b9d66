"""Counts the jobs that end by hour. The index finds those that ended since the last count."""

from django.db import migrations, models

from creator.platform.beat_entries import add_entries, remove_entries

INTERVALS = {"jobs.count_ended": (1, "minutes", 60)}


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0028_wants_ends"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
    ]

    operations = [
        migrations.CreateModel(
            name="HourRollup",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("hour", models.DateTimeField(help_text="Start of the hour, in UTC.")),
                ("preset", models.CharField(max_length=64)),
                (
                    "plan",
                    models.CharField(
                        blank=True, help_text="The owner's, when the job was counted.", max_length=50
                    ),
                ),
                ("status", models.CharField(max_length=12)),
                (
                    "reason",
                    models.CharField(blank=True, help_text="Error code of failed jobs.", max_length=32),
                ),
                (
                    "node",
                    models.CharField(
                        blank=True,
                        help_text="Name of the node of the last attempt; empty: none began.",
                        max_length=64,
                    ),
                ),
                ("jobs", models.PositiveIntegerField(default=0)),
                (
                    "credits",
                    models.PositiveBigIntegerField(
                        default=0, help_text="What the completed ones were charged."
                    ),
                ),
                (
                    "node_s",
                    models.FloatField(
                        default=0, help_text="Seconds that nodes worked on their last attempts."
                    ),
                ),
                (
                    "waits",
                    models.JSONField(
                        default=list,
                        help_text="How many waited up to each of WAITS_S seconds for a node, and how many longer.",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="RollupMark",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("until", models.DateTimeField()),
            ],
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(
                condition=models.Q(("finished_at__isnull", False)), fields=["finished_at"], name="job_ended"
            ),
        ),
        migrations.AddConstraint(
            model_name="hourrollup",
            constraint=models.UniqueConstraint(
                fields=("hour", "preset", "plan", "status", "reason", "node"), name="hour_rollup_once"
            ),
        ),
        migrations.RunPython(
            lambda apps, _: add_entries(apps, INTERVALS, {}),
            lambda apps, _: remove_entries(apps, [*INTERVALS]),
        ),
    ]
