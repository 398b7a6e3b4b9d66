"""Notes who was warned of a period that is being used up, and who was reminded of the end of a trial."""

from django.db import migrations, models

from creator.platform.beat_entries import add_entries, remove_entries

INTERVALS = {"billing.remind_of_trials": (1, "hours", 3600)}


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0012_one_unfinished_request"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
    ]

    operations = [
        migrations.AddField(
            "subscription",
            "reminded_of",
            models.DateTimeField(help_text="The end of the trial that its owner was reminded of.", null=True),
        ),
        migrations.RunPython(
            lambda apps, _: add_entries(apps, INTERVALS, {}),
            lambda apps, _: remove_entries(apps, list(INTERVALS)),
        ),
    ]
