"""Takes over the tables that `accounts` and `jobs` had: the database has them already."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = [
        ("accounts", "0003_audit_line_moves"),
        ("jobs", "0008_rows_move_to_platform"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="AuditLine",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("at", models.DateTimeField(auto_now_add=True, db_index=True)),
                        ("action", models.CharField(help_text="Such as `files_purged`.", max_length=60)),
                        (
                            "subject",
                            models.CharField(
                                help_text="What it was done to, such as `job:<uuid>`.", max_length=100
                            ),
                        ),
                        ("details", models.JSONField(default=dict)),
                        (
                            "actor",
                            models.ForeignKey(
                                help_text="Empty: the product itself.",
                                null=True,
                                on_delete=django.db.models.deletion.SET_NULL,
                                related_name="+",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={"ordering": ["-at"]},
                ),
                migrations.CreateModel(
                    name="BeatSlot",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("task", models.CharField(max_length=100)),
                        (
                            "slot",
                            models.DateTimeField(help_text="Start of the period that the firing belongs to."),
                        ),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                    ],
                    options={
                        "constraints": [
                            models.UniqueConstraint(fields=["task", "slot"], name="beat_slot_once")
                        ]
                    },
                ),
                migrations.CreateModel(
                    name="IdempotencyKey",
                    fields=[
                        (
                            "id",
                            models.BigAutoField(
                                auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                            ),
                        ),
                        ("key", models.CharField(max_length=255)),
                        (
                            "body_hash",
                            models.CharField(
                                help_text="SHA-256 of what was asked, method and path included.",
                                max_length=64,
                            ),
                        ),
                        ("answer", models.JSONField(help_text="Body of the first answer.", null=True)),
                        ("created_at", models.DateTimeField(auto_now_add=True)),
                        (
                            "owner",
                            models.ForeignKey(
                                on_delete=django.db.models.deletion.CASCADE,
                                related_name="idempotency_keys",
                                to=settings.AUTH_USER_MODEL,
                            ),
                        ),
                    ],
                    options={
                        "indexes": [models.Index(fields=["created_at"], name="idempotency_age")],
                        "constraints": [
                            models.UniqueConstraint(fields=["owner", "key"], name="idempotency_once")
                        ],
                    },
                ),
            ]
        )
    ]
