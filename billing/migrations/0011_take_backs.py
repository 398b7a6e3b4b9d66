"""What was taken back of a bucket, and the hourly task that expires credits and begins months."""

from django.db import migrations, models
from django.db.models import F, Q

from creator.platform.beat_entries import add_entries, remove_entries

INTERVALS = {"billing.bring_up_to_date": (1, "hours", 3600)}


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0010_looks"),
        ("django_celery_beat", "0019_alter_periodictasks_options"),
    ]

    operations = [
        migrations.AddField(
            model_name="creditbucket",
            name="taken_back",
            field=models.BigIntegerField(
                default=0, help_text="Credits whose payment was returned, whether they were left or not."
            ),
        ),
        migrations.AddConstraint(
            model_name="creditbucket",
            constraint=models.CheckConstraint(
                condition=Q(taken_back__gte=0, taken_back__lte=F("amount")),
                name="bucket_taken_back_of_its_amount",
            ),
        ),
        migrations.RunPython(
            lambda apps, _: add_entries(apps, INTERVALS, {}),
            lambda apps, _: remove_entries(apps, list(INTERVALS)),
        ),
    ]
