"""Stores addresses in their normal form (accounts/emails.py), and beside it as their person typed them.

An address that cannot be read, or whose normal form another account has already, stays as it was.
"""

from django.db import migrations, models

import accounts.emails


def normalise(apps, schema_editor):
    User = apps.get_model("accounts", "User")
    EmailAddress = apps.get_model("account", "EmailAddress")
    for user in User.objects.order_by("date_joined").iterator():
        try:
            address = accounts.emails.normal(user.email)
        except accounts.emails.InvalidAddress:
            continue
        if address == user.email or User.objects.filter(email=address).exists():
            continue
        User.objects.filter(pk=user.pk).update(email=address, typed_email=user.email)
        EmailAddress.objects.filter(user_id=user.pk, email=user.email).update(email=address)


class Migration(migrations.Migration):
    dependencies = [
        ("account", "0009_emailaddress_unique_primary_email"),
        ("accounts", "0005_profile"),
    ]

    operations = [
        migrations.AlterField(
            "user",
            "email",
            models.EmailField(
                max_length=254, unique=True, help_text="In its normal form: found by it, and mail goes to it."
            ),
        ),
        migrations.AddField(
            "user",
            "typed_email",
            models.CharField(
                max_length=254, blank=True, default="", help_text="The address as the person typed it."
            ),
        ),
        migrations.RunPython(normalise, migrations.RunPython.noop),
    ]
