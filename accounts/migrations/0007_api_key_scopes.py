"""Keys get scopes, and say where they were made, used and warned of. Older keys keep what they could do."""

from django.db import migrations, models

import accounts.models.api_key


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_addresses"),
    ]

    operations = [
        migrations.AddField(
            model_name="apikey",
            name="last_used_from",
            field=models.CharField(blank=True, default="", help_text="IP address.", max_length=45),
        ),
        migrations.AddField(
            model_name="apikey",
            name="made_by",
            field=models.CharField(
                choices=[("page", "on this page"), ("api", "with the API"), ("command", "with a command")],
                default="command",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="apikey",
            name="scopes",
            field=models.JSONField(
                default=accounts.models.api_key.first_scopes, help_text="What the key may do."
            ),
        ),
        migrations.AddField(
            model_name="apikey",
            name="warned_days",
            field=models.PositiveSmallIntegerField(
                help_text="The last warning before it expires that its owner got: so many days before.",
                null=True,
            ),
        ),
    ]
