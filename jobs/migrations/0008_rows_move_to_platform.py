"""Beat slots and idempotency keys move to the platform app, with their rows: only the tables' names change."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("jobs", "0007_lost_holders")]

    operations = [
        migrations.RemoveField("IdempotencyKey", "job"),
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.AlterModelTable("BeatSlot", "platform_beatslot"),
                migrations.AlterModelTable("IdempotencyKey", "platform_idempotencykey"),
            ],
            state_operations=[
                migrations.DeleteModel("BeatSlot"),
                migrations.DeleteModel("IdempotencyKey"),
            ],
        ),
    ]
