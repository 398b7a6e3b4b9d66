"""Tries of an invoice's payment, and the periodic looks at customers."""

from django.db import migrations, models

from creator.platform.beat_entries import add_entries, remove_entries

INTERVALS = {
    "billing.look_at_customers": (5, "seconds", 30),
    "billing.catch_up_events": (1, "hours", 3600),
}
NIGHTLY = {"billing.look_at_all_customers": (4, 20, 12 * 3600)}


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0009_buckets_and_periods"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
    ]

    operations = [
        migrations.AddField(
            model_name="invoice",
            name="attempts",
            field=models.PositiveSmallIntegerField(
                default=0, help_text="How often its payment was tried: each try in vain is told once."
            ),
        ),
        migrations.RunPython(
            lambda apps, _: add_entries(apps, INTERVALS, NIGHTLY),
            lambda apps, _: remove_entries(apps, [*INTERVALS, *NIGHTLY]),
        ),
    ]
