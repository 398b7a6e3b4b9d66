"""The audit line moves to the platform app, with its rows: only the table's name changes."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_api_keys_and_audit")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.AlterModelTable("AuditLine", "platform_auditline")],
            state_operations=[migrations.DeleteModel("AuditLine")],
        )
    ]
