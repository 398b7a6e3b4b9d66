from django.db import migrations, models

ONE_CALL = """
UPDATE platform_delivery SET token = NULL
 WHERE token IS NOT NULL
   AND id NOT IN (SELECT MIN(id) FROM platform_delivery WHERE token IS NOT NULL GROUP BY kind, destination)
"""
"""Of calls that are under way to one destination, one keeps its lease; the others are due again when theirs ends."""


class Migration(migrations.Migration):
    dependencies = [
        ("platform", "0006_audit_of_subject"),
    ]

    operations = [
        migrations.RunSQL(ONE_CALL, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.UniqueConstraint(
                condition=models.Q(("token__isnull", False)),
                fields=("kind", "destination"),
                name="delivery_one_call",
            ),
        ),
    ]
