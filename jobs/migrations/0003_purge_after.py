from django.db import migrations, models

HELP = "Not to be purged before: a purger has it, or the last try failed."


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0002_many_nodes"),
    ]

    operations = [
        migrations.AddField(
            model_name=model,
            name="purge_after",
            field=models.DateTimeField(help_text=HELP, null=True),
        )
        for model in ("artifact", "upload")
    ]
