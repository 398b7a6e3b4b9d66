import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("jobs", "0022_feed")]

    operations = [
        migrations.CreateModel(
            name="JobLabel",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("key", models.CharField(max_length=40)),
                ("value", models.CharField(max_length=256)),
                (
                    "job",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="labels",
                        to="jobs.job",
                    ),
                ),
            ],
            options={
                "ordering": ["key"],
                "indexes": [models.Index(fields=["key", "value"], name="label_search")],
                "constraints": [models.UniqueConstraint(fields=("job", "key"), name="label_once")],
            },
        ),
        migrations.AddField(
            model_name="upload",
            name="blake3",
            field=models.CharField(
                blank=True,
                db_default="",
                default="",
                help_text="Of the file as it was sent, for Comfy API v2, which finds it again by that.",
                max_length=64,
            ),
        ),
        migrations.AddIndex(
            model_name="upload",
            index=models.Index(
                condition=models.Q(("blake3", ""), _negated=True),
                fields=["owner", "blake3"],
                name="upload_same",
            ),
        ),
    ]
