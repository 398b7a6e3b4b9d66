"""Marks photos of which a finished picture was made; the others are limited by the plan."""

from django.conf import settings
from django.db import migrations, models


def mark_used(apps, schema_editor):
    finished = apps.get_model("jobs", "Job").objects.filter(upload=models.OuterRef("pk"), status="completed")
    apps.get_model("jobs", "Upload").objects.filter(models.Exists(finished)).update(is_used=True)


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0018_node_losses"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="upload",
            name="is_used",
            field=models.BooleanField(
                default=False, help_text="A finished picture was made of it: it no longer counts as unused."
            ),
        ),
        migrations.RunPython(mark_used, migrations.RunPython.noop),
        migrations.AddIndex(
            model_name="upload",
            index=models.Index(
                condition=models.Q(("is_used", False)), fields=["owner"], name="upload_unused"
            ),
        ),
    ]
