from django.db import migrations

from billing.models.append_only import protect_draws, unprotect_draws


class Migration(migrations.Migration):
    dependencies = [("billing", "0014_paid_periods")]

    operations = [migrations.RunPython(protect_draws, unprotect_draws)]
