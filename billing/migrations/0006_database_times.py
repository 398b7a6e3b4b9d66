"""Rows get their times from the database's clock, since the clocks of processes differ."""

from django.db import migrations, models
from django.db.models.functions import Now

from billing.models.append_only import protect_entries, unprotect_entries


class Migration(migrations.Migration):
    dependencies = [("billing", "0005_megapixels_rounded")]

    operations = [
        migrations.AlterField(
            "creditaccount", "created_at", models.DateTimeField(db_default=Now(), editable=False)
        ),
        migrations.AlterField("hold", "created_at", models.DateTimeField(db_default=Now(), editable=False)),
        migrations.AlterField("ledgerentry", "at", models.DateTimeField(db_default=Now(), editable=False)),
        migrations.RunPython(protect_entries, unprotect_entries),  # SQLite rebuilt the table and dropped them
    ]
