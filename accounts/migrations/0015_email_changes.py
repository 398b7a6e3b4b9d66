"""A change of address waits in a row of its own. A person has one address, so others are deleted (docs/adr)."""

import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


def keep_one_address(apps, schema_editor):
    EmailAddress = apps.get_model("account", "EmailAddress")
    EmailAddress.objects.exclude(email=models.F("user__email")).delete()
    EmailAddress.objects.filter(primary=False).update(primary=True)


class Migration(migrations.Migration):
    dependencies = [
        ("account", "0009_emailaddress_unique_primary_email"),
        ("accounts", "0014_key_warnings"),
    ]

    operations = [
        migrations.CreateModel(
            name="EmailChange",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "email",
                    models.EmailField(
                        help_text="The new address in its normal form. It may belong to another account.",
                        max_length=254,
                    ),
                ),
                ("typed_email", models.CharField(max_length=254)),
                (
                    "asked_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                ("old_confirmed_at", models.DateTimeField(null=True)),
                ("new_confirmed_at", models.DateTimeField(null=True)),
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="email_change",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.RunPython(keep_one_address, migrations.RunPython.noop),
    ]
