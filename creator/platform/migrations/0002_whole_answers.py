"""Idempotency keys hold whole answers: status, headers, body. Those of the last 24 hours are carried over."""

import json

from django.db import migrations, models


def carry_over(apps, schema_editor):
    keys = apps.get_model("platform", "IdempotencyKey").objects
    for row in keys.filter(answer__isnull=False).iterator():
        body = json.dumps(row.answer, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        headers = {"Content-Type": "application/json", "Location": row.answer["status_url"]}
        keys.filter(pk=row.pk).update(status=202, headers=headers, body=body.encode())


class Migration(migrations.Migration):
    dependencies = [("platform", "0001_rows_of_other_apps")]

    operations = [
        migrations.AddField(
            model_name="idempotencykey",
            name="status",
            field=models.PositiveSmallIntegerField(help_text="HTTP status of the first answer.", null=True),
        ),
        migrations.AddField(
            model_name="idempotencykey",
            name="headers",
            field=models.JSONField(default=dict, help_text="Headers of the first answer."),
        ),
        migrations.AddField(
            model_name="idempotencykey",
            name="body",
            field=models.BinaryField(default=bytes, help_text="Body of the first answer."),
        ),
        migrations.RunPython(carry_over, migrations.RunPython.noop),
        migrations.RemoveField(model_name="idempotencykey", name="answer"),
    ]
