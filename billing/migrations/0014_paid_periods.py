"""Periods that payments start are told from months. No account has one before."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("billing", "0013_reminders")]

    operations = [
        migrations.AddField(
            model_name="creditaccount",
            name="period_is_paid",
            field=models.BooleanField(
                default=False,
                help_text="Its credits come by payments. Else the plan's credits come each month from sign-up.",
            ),
        ),
    ]
