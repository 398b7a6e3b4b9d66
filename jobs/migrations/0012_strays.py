"""Finds attempts that were given up a moment ago, and looks each second for their prompts on nodes."""

from django.db import migrations, models
from django.db.models import Q

from creator.platform.beat_entries import add_entries, remove_entries

INTERVALS = {"jobs.drop_strays": (1, "seconds", 30)}


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0011_event_percent"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
    ]

    operations = [
        migrations.AddIndex(
            "attempt",
            models.Index(
                fields=["ended_at"],
                name="attempt_given_up",
                condition=Q(outcome__in=("failed", "cancelled", "lost")),
            ),
        ),
        migrations.RunPython(
            lambda apps, _: add_entries(apps, INTERVALS, {}),
            lambda apps, _: remove_entries(apps, [*INTERVALS]),
        ),
    ]
