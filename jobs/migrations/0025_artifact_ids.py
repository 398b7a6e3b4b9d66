"""Gives each stored file an id for the API, and finds the jobs that their owners deleted."""

import uuid
from typing import Any

from django.contrib.postgres.functions import RandomUUID
from django.db import migrations, models
from django.db.models import Q

PAGE = 2_000


def name_files(apps: Any, schema_editor: Any) -> None:
    files = apps.get_model("jobs", "Artifact").objects.filter(public_id=None)
    if schema_editor.connection.vendor == "postgresql":
        files.update(public_id=RandomUUID())
        return
    while page := list(files.only("pk")[:PAGE]):
        for file in page:
            file.public_id = uuid.uuid4()
        files.model.objects.bulk_update(page, ["public_id"])


class Migration(migrations.Migration):
    dependencies = [("jobs", "0024_lists_and_deletion")]

    operations = [
        migrations.AddIndex(
            "job",
            models.Index(fields=["deleted_at"], name="job_deleted", condition=Q(deleted_at__isnull=False)),
        ),
        migrations.AddField("artifact", "public_id", models.UUIDField(editable=False, null=True)),
        migrations.RunPython(name_files, migrations.RunPython.noop),
        migrations.AlterField(
            "artifact",
            "public_id",
            models.UUIDField(default=uuid.uuid4, editable=False, help_text="Its id in the API.", unique=True),
        ),
    ]
