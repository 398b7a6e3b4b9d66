"""The nightly check of the ledger. An installation that has it from `jobs` keeps its entry as it is."""

from django.db import migrations

from creator.platform.beat_entries import add_entries, remove_entries

NIGHTLY = {"billing.ledger_audit": (4, 40, 12 * 3600)}


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0003_credit_account"),
        ("jobs", "0005_beat_entries"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
    ]

    operations = [
        migrations.RunPython(
            lambda apps, _: add_entries(apps, {}, NIGHTLY),
            lambda apps, _: remove_entries(apps, list(NIGHTLY)),
        )
    ]
