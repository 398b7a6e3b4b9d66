"""Payments: prices of plans, packs of credits, and what Stripe says about customers."""

import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models

CREATOR = {"price_cents": 1_900, "trial_days": 14, "trial_credits": 100, "position": 1}
STUDIO = {"price_cents": 9_900, "position": 2}
PACKS = (
    {"slug": "credits-500", "title": "500 credits", "credits": 500, "price_cents": 1_500},
    {"slug": "credits-2500", "title": "2,500 credits", "credits": 2_500, "price_cents": 6_000, "position": 1},
)


def price_shipped_plans(apps, schema_editor):
    """An upgraded installation gets what a new one has; plans that staff made stay free of charge."""
    plans, packs = (apps.get_model("billing", name).objects for name in ("Plan", "CreditPack"))
    for slug, values in {"creator": CREATOR, "studio": STUDIO}.items():
        plans.filter(slug=slug).update(**values)
    if plans.exists():  # a new database gets both after all migrations (`billing.plans.shipped`)
        packs.bulk_create([packs.model(**values) for values in PACKS])


class Migration(migrations.Migration):
    dependencies = [
        ("billing", "0007_limits_of_use"),
    ]

    operations = [
        migrations.CreateModel(
            name="StripeEvent",
            fields=[
                ("event_id", models.CharField(max_length=100, primary_key=True, serialize=False)),
                ("type", models.CharField(max_length=100)),
                ("customer_id", models.CharField(blank=True, db_index=True, default="", max_length=100)),
                ("object_id", models.CharField(blank=True, default="", max_length=100)),
                ("is_live", models.BooleanField()),
                (
                    "heard_by",
                    models.CharField(
                        choices=[("webhook", "Webhook"), ("catch_up", "catch-up")], max_length=8
                    ),
                ),
                ("created_at", models.DateTimeField(db_index=True, help_text="By Stripe's clock.")),
                (
                    "received_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="plan",
            name="currency",
            field=models.CharField(
                default="eur", help_text="Three small letters, such as eur.", max_length=3
            ),
        ),
        migrations.AddField(
            model_name="plan",
            name="is_offered",
            field=models.BooleanField(
                default=True, help_text="Shown to people who may choose it; those who have it keep it."
            ),
        ),
        migrations.AddField(
            model_name="plan",
            name="position",
            field=models.PositiveSmallIntegerField(default=0, help_text="Order on pages, smallest first."),
        ),
        migrations.AddField(
            model_name="plan",
            name="price_cents",
            field=models.PositiveIntegerField(
                default=0, help_text="Per month, in the smallest unit of the currency; 0: free."
            ),
        ),
        migrations.AddField(
            model_name="plan",
            name="trial_credits",
            field=models.PositiveIntegerField(default=0, help_text="Granted for the trial."),
        ),
        migrations.AddField(
            model_name="plan",
            name="trial_days",
            field=models.PositiveSmallIntegerField(default=0, help_text="Free days at first; 0: no trial."),
        ),
        migrations.AlterField(
            model_name="plan",
            name="price_id",
            field=models.CharField(
                blank=True, default="", help_text="Stripe's price; empty: not for sale.", max_length=100
            ),
        ),
        migrations.CreateModel(
            name="CreditPack",
            fields=[
                ("slug", models.SlugField(max_length=32, primary_key=True, serialize=False)),
                ("title", models.CharField(max_length=60)),
                ("credits", models.PositiveIntegerField()),
                (
                    "lasts_days",
                    models.PositiveSmallIntegerField(
                        default=365, help_text="The credits expire so many days after they were bought."
                    ),
                ),
                (
                    "price_cents",
                    models.PositiveIntegerField(
                        help_text="What it costs, in the smallest unit of the currency."
                    ),
                ),
                (
                    "currency",
                    models.CharField(
                        default="eur", help_text="Three small letters, such as eur.", max_length=3
                    ),
                ),
                (
                    "price_id",
                    models.CharField(
                        blank=True,
                        default="",
                        help_text="Stripe's price; empty: not for sale.",
                        max_length=100,
                    ),
                ),
                (
                    "position",
                    models.PositiveSmallIntegerField(default=0, help_text="Order on pages, smallest first."),
                ),
                (
                    "is_offered",
                    models.BooleanField(default=True, help_text="Shown to people who may buy it."),
                ),
            ],
            options={
                "ordering": ["position", "slug"],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("credits__gte", 1)), name="pack_has_credits"),
                    models.CheckConstraint(condition=models.Q(("lasts_days__gte", 1)), name="pack_lasts"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Customer",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "due_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        help_text="Next try; while a worker is at it: when its lease ends.",
                    ),
                ),
                (
                    "token",
                    models.UUIDField(editable=False, help_text="Of the worker that is at it.", null=True),
                ),
                (
                    "failures",
                    models.PositiveSmallIntegerField(db_default=0, default=0, help_text="Tries that failed."),
                ),
                ("last_error", models.CharField(blank=True, db_default="", default="", max_length=200)),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                (
                    "customer_id",
                    models.CharField(help_text="Stripe's id, such as cus_….", max_length=100, unique=True),
                ),
                ("is_live", models.BooleanField(help_text="Of Stripe's live mode; false: of its test mode.")),
                (
                    "wanted_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(),
                        help_text="When a look was last asked for: a look that began earlier is followed by another.",
                        null=True,
                    ),
                ),
                (
                    "looked_at",
                    models.DateTimeField(help_text="When the last complete look began.", null=True),
                ),
                (
                    "deleted_at",
                    models.DateTimeField(help_text="When Stripe said that it knows it no longer.", null=True),
                ),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="customers",
                        to="billing.creditaccount",
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Invoice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "invoice_id",
                    models.CharField(help_text="Stripe's id, such as in_….", max_length=100, unique=True),
                ),
                (
                    "number",
                    models.CharField(blank=True, default="", help_text="As printed on it.", max_length=100),
                ),
                (
                    "status",
                    models.CharField(
                        help_text="Stripe's word: draft, open, paid, void, uncollectible.", max_length=16
                    ),
                ),
                ("total_cents", models.BigIntegerField()),
                ("refunded_cents", models.BigIntegerField(default=0)),
                ("currency", models.CharField(max_length=3)),
                (
                    "hosted_url",
                    models.CharField(
                        blank=True, default="", help_text="Stripe's page of it.", max_length=2000
                    ),
                ),
                ("created_at", models.DateTimeField(help_text="By Stripe's clock.")),
                ("asked_at", models.DateTimeField()),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invoices",
                        to="billing.customer",
                    ),
                ),
            ],
            options={
                "ordering": ["-created_at"],
            },
        ),
        migrations.CreateModel(
            name="StripeRequest",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("customer", "Customer"),
                            ("subscribe", "Subscribe"),
                            ("top_up", "top-up"),
                            ("change_plan", "change of plan"),
                            ("cancel", "Cancel"),
                            ("resume", "Resume"),
                            ("portal", "Portal"),
                        ],
                        max_length=12,
                    ),
                ),
                ("is_live", models.BooleanField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("asked", "Asked"),
                            ("sent", "Sent"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                        ],
                        default="asked",
                        max_length=8,
                    ),
                ),
                (
                    "object_id",
                    models.CharField(
                        blank=True, default="", help_text="What Stripe made for it.", max_length=100
                    ),
                ),
                (
                    "created_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                ("done_at", models.DateTimeField(null=True)),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="stripe_requests",
                        to="billing.creditaccount",
                    ),
                ),
                (
                    "pack",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="billing.creditpack",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="billing.plan",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Subscription",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "subscription_id",
                    models.CharField(help_text="Stripe's id, such as sub_….", max_length=100, unique=True),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("pending", "waiting for the first payment"),
                            ("trial", "trial"),
                            ("active", "active"),
                            ("past_due", "payment overdue"),
                            ("ended", "ended"),
                        ],
                        max_length=8,
                    ),
                ),
                ("period_starts_at", models.DateTimeField()),
                ("period_ends_at", models.DateTimeField()),
                ("trial_ends_at", models.DateTimeField(null=True)),
                ("ends_at", models.DateTimeField(help_text="Cancelled: when it ends.", null=True)),
                ("past_due_since", models.DateTimeField(null=True)),
                ("asked_at", models.DateTimeField(help_text="When Stripe was asked for what stands here.")),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="subscriptions",
                        to="billing.customer",
                    ),
                ),
                (
                    "next_plan",
                    models.ForeignKey(
                        blank=True,
                        help_text="From the next period on.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="billing.plan",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="subscriptions",
                        to="billing.plan",
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=models.Q(("wanted_at__isnull", False)), fields=["due_at"], name="customer_due"
            ),
        ),
        migrations.AddConstraint(
            model_name="customer",
            constraint=models.UniqueConstraint(
                condition=models.Q(("deleted_at__isnull", True)),
                fields=("account", "is_live"),
                name="customer_one_per_account_and_mode",
            ),
        ),
        migrations.AddIndex(
            model_name="invoice",
            index=models.Index(fields=["customer", "-created_at"], name="invoice_newest"),
        ),
        migrations.AddIndex(
            model_name="striperequest",
            index=models.Index(fields=["account", "-created_at"], name="request_newest"),
        ),
        migrations.AddConstraint(
            model_name="striperequest",
            constraint=models.UniqueConstraint(
                condition=models.Q(("object_id", ""), _negated=True),
                fields=("object_id",),
                name="request_one_per_object",
            ),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.CheckConstraint(
                condition=models.Q(("period_ends_at__gt", models.F("period_starts_at"))),
                name="subscription_period_is_one",
            ),
        ),
        migrations.AddConstraint(
            model_name="subscription",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("past_due_since__isnull", False), ("status", "past_due")),
                    models.Q(
                        models.Q(("status", "past_due"), _negated=True), ("past_due_since__isnull", True)
                    ),
                    _connector="OR",
                ),
                name="subscription_past_due_since_iff_past_due",
            ),
        ),
        migrations.RunPython(price_shipped_plans, migrations.RunPython.noop),
    ]
