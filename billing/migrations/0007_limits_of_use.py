"""Limits the use of storage and nodes by plan: uploads, cancels and unused photos."""

from django.db import migrations, models

LARGER_PLANS = {
    "creator": {
        "uploads_per_hour": 2_000,
        "cancels_per_hour": 60,
        "unused_photos": 1_000,
        "unused_mib": 10_240,
    },
    "studio": {
        "uploads_per_hour": 20_000,
        "cancels_per_hour": 300,
        "unused_photos": 5_000,
        "unused_mib": 51_200,
    },
}


def give_larger_plans_more(apps, schema_editor):
    """Plans that staff made keep the defaults, which are those of the free plan."""
    for slug, values in LARGER_PLANS.items():
        apps.get_model("billing", "Plan").objects.filter(slug=slug).update(**values)


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0006_database_times"),
    ]

    operations = [
        migrations.AddField(
            model_name="plan",
            name="cancels_per_hour",
            field=models.PositiveIntegerField(
                default=10, help_text="Running jobs stopped in any hour; others run to their end."
            ),
        ),
        migrations.AddField(
            model_name="plan",
            name="unused_mib",
            field=models.PositiveIntegerField(
                default=3072, help_text="MiB that these photos take together; more are refused."
            ),
        ),
        migrations.AddField(
            model_name="plan",
            name="unused_photos",
            field=models.PositiveIntegerField(
                default=200,
                help_text="Stored photos of which no finished picture was made; more are refused.",
            ),
        ),
        migrations.AddField(
            model_name="plan",
            name="uploads_per_hour",
            field=models.PositiveIntegerField(
                default=200, help_text="Photos sent in any hour, refused ones included; more are refused."
            ),
        ),
        migrations.AlterField(
            model_name="plan",
            name="submits_per_hour",
            field=models.PositiveIntegerField(help_text="Jobs started in any hour; more are refused."),
        ),
        migrations.RunPython(give_larger_plans_more, migrations.RunPython.noop),
    ]
