"""Rows get their times from the database's clock, since the clocks of processes differ."""

from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_audit_line_moves")]

    operations = [
        migrations.AlterField("apikey", "created_at", models.DateTimeField(db_default=Now(), editable=False)),
    ]
