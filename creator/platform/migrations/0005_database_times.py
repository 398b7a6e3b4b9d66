"""Rows get their times from the database's clock, since the clocks of processes differ."""

from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    dependencies = [("platform", "0004_beat_entries")]

    operations = [
        migrations.AlterField(
            "auditline", "at", models.DateTimeField(db_default=Now(), db_index=True, editable=False)
        ),
        migrations.AlterField(
            "beatslot", "created_at", models.DateTimeField(db_default=Now(), editable=False)
        ),
        migrations.AlterField(
            "delivery", "created_at", models.DateTimeField(db_default=Now(), editable=False)
        ),
        migrations.AlterField(
            "idempotencykey", "created_at", models.DateTimeField(db_default=Now(), editable=False)
        ),
    ]
