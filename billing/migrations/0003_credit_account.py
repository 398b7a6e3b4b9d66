"""`Account` becomes `CreditAccount`. SQLite rebuilds the entries' table for it and drops its triggers: they are made again."""

import django.db.models.deletion
from django.db import migrations, models

from billing.models.append_only import protect_entries


class Migration(migrations.Migration):
    dependencies = [("billing", "0002_append_only")]

    operations = [
        migrations.RenameModel("Account", "CreditAccount"),
        migrations.AlterField(
            model_name="creditaccount",
            name="plan",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="credit_accounts",
                to="billing.plan",
            ),
        ),
        migrations.RunPython(protect_entries, protect_entries),
    ]
