"""People read the audit of their own account."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("platform", "0005_database_times")]

    operations = [
        migrations.AlterModelOptions("auditline", {"ordering": ["-at", "-pk"]}),
        migrations.AddIndex("auditline", models.Index(fields=["subject", "-at"], name="audit_of_subject")),
    ]
