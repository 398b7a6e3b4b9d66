from django.db import migrations

from billing.models.append_only import protect_entries, unprotect_entries


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_ledger")]

    operations = [migrations.RunPython(protect_entries, unprotect_entries)]
