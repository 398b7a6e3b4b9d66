"""Notes what attempts leave on nodes, and overwrites it there each minute.

Attempts that ended before count as cleared: their photos have other names.
"""

from django.db import migrations, models
from django.db.models import Q

from creator.platform.beat_entries import add_entries, remove_entries

INTERVALS = {"jobs.clear_nodes": (1, "minutes", 60)}


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0014_foreign_prompts"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
    ]

    operations = [
        migrations.AddField(
            "attempt",
            "previews",
            models.JSONField(null=True, help_text="Names of its files in the node's temp folder."),
        ),
        migrations.AddField("attempt", "files_on_node", models.BooleanField(default=False)),
        migrations.AlterField(
            "attempt",
            "files_on_node",
            models.BooleanField(
                db_default=True, default=True, help_text="Its files on the node are not overwritten yet."
            ),
        ),
        migrations.AddIndex(
            "attempt",
            models.Index(
                fields=["node"],
                name="attempt_files_on_node",
                condition=Q(files_on_node=True, ended_at__isnull=False),
            ),
        ),
        migrations.RunPython(
            lambda apps, _: add_entries(apps, INTERVALS, {}),
            lambda apps, _: remove_entries(apps, [*INTERVALS]),
        ),
    ]
