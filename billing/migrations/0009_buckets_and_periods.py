"""Credits get buckets, which may expire, and accounts get periods.

What an account has becomes one bucket that never expires, of which the open holds have drawn. The statements are
whole-table ones, so that large ledgers take seconds.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F

from billing.models.append_only import protect_entries, unprotect_entries

BUCKETS = """
INSERT INTO billing_creditbucket (account_id, amount, "left")
SELECT id, available + reserved, available FROM billing_creditaccount WHERE available + reserved > 0
"""
DRAWS = """
INSERT INTO billing_draw (entry_id, bucket_id, amount)
SELECT e.id, b.id, h.amount FROM billing_hold h
JOIN billing_ledgerentry e ON e.hold_id = h.id AND e.kind = 'hold'
JOIN billing_creditbucket b ON b.account_id = h.account_id
WHERE h.state = 'open' AND h.amount > 0
"""


def put_balances_into_buckets(apps, schema_editor):
    for statement in (BUCKETS, DRAWS):
        schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0016_prune_notifications"),
        ("billing", "0008_payments"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CreditBucket",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="buckets",
                        to="billing.creditaccount",
                    ),
                ),
                (
                    "entry",
                    models.OneToOneField(
                        help_text="With which they came in; null: what the account had before there were buckets.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bucket",
                        to="billing.ledgerentry",
                    ),
                ),
                ("amount", models.BigIntegerField(help_text="Credits that came in.")),
                ("left", models.BigIntegerField(help_text="Credits of them that are available.")),
                ("expires_at", models.DateTimeField(help_text="Null: never.", null=True)),
                (
                    "extended_until",
                    models.DateTimeField(
                        help_text="A job that returns credits extends their expiry no further; null with it.",
                        null=True,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("left__gte", 0), ("left__lte", models.F("amount"))),
                        name="bucket_left_of_its_amount",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("expires_at__isnull", True), ("extended_until__isnull", True)),
                            ("expires_at__lte", models.F("extended_until")),
                            _connector="OR",
                        ),
                        name="bucket_expires_by_its_extension",
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="Draw",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="draws",
                        to="billing.ledgerentry",
                    ),
                ),
                (
                    "bucket",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="draws",
                        to="billing.creditbucket",
                    ),
                ),
                ("amount", models.IntegerField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("amount__gt", 0)), name="draw_takes_something"
                    ),
                    models.UniqueConstraint(
                        fields=("entry", "bucket"), name="draw_once_per_entry_and_bucket"
                    ),
                ]
            },
        ),
        migrations.CreateModel(
            name="KeyCap",
            fields=[
                (
                    "key",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="cap",
                        serialize=False,
                        to="accounts.apikey",
                    ),
                ),
                ("credits", models.PositiveBigIntegerField(help_text="At most in a period.")),
                (
                    "period_number",
                    models.PositiveIntegerField(help_text="The account's period that `used` counts in."),
                ),
                (
                    "used",
                    models.BigIntegerField(default=0, help_text="Credits held by its jobs in that period."),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("used__gte", 0)), name="key_cap_used_not_negative"
                    )
                ]
            },
        ),
        migrations.RemoveConstraint(
            model_name="creditaccount",
            name="account_never_below_zero",
        ),
        migrations.RemoveConstraint(
            model_name="creditaccount",
            name="account_adds_up",
        ),
        migrations.RemoveConstraint(
            model_name="ledgerentry",
            name="entry_once_per_source",
        ),
        migrations.RemoveConstraint(
            model_name="ledgerentry",
            name="entry_from_a_source_or_a_hold",
        ),
        migrations.AddField(
            model_name="creditaccount",
            name="blocked_from",
            field=models.DateTimeField(
                help_text="New jobs are refused from then on, since a payment failed; null: not blocked.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="creditaccount",
            name="debt",
            field=models.BigIntegerField(
                default=0,
                help_text="Credits that were taken back when they were already spent. Blocks new jobs.",
            ),
        ),
        migrations.AddField(
            model_name="creditaccount",
            name="expired",
            field=models.BigIntegerField(default=0, help_text="Credits that expired before a job used them."),
        ),
        migrations.AddField(
            model_name="creditaccount",
            name="next_expiry_at",
            field=models.DateTimeField(
                help_text="No credits expire before; null: none ever will.", null=True
            ),
        ),
        migrations.AddField(
            model_name="creditaccount",
            name="period_credits",
            field=models.BigIntegerField(
                default=0,
                help_text="Held in this period; credits of failed and cancelled jobs are given back.",
            ),
        ),
        migrations.AddField(
            model_name="creditaccount",
            name="period_ends_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="creditaccount",
            name="period_jobs",
            field=models.PositiveIntegerField(
                default=0, help_text="Started in this period; failed and cancelled ones are given back."
            ),
        ),
        migrations.AddField(
            model_name="creditaccount",
            name="period_number",
            field=models.PositiveIntegerField(
                default=0, help_text="Counts the account's periods; 0: none yet."
            ),
        ),
        migrations.AddField(
            model_name="creditaccount",
            name="period_starts_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="creditaccount",
            name="spend_cap",
            field=models.PositiveBigIntegerField(
                help_text="Credits that its owner allows themselves in a period; null: no cap.", null=True
            ),
        ),
        migrations.AddField(
            model_name="creditaccount",
            name="warned",
            field=models.PositiveSmallIntegerField(
                default=0,
                help_text="The last warning of this period that its owner got: 1 at 80 %, 2 at five jobs left, 3 at none.",
            ),
        ),
        migrations.AddField(
            model_name="hold",
            name="key",
            field=models.ForeignKey(
                db_index=False,
                help_text="Of the program that asked.",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="accounts.apikey",
            ),
        ),
        migrations.AddField(
            model_name="hold",
            name="period_number",
            field=models.PositiveIntegerField(
                default=0,
                help_text="The account's period in which it was made; 0: before there were periods.",
            ),
        ),
        migrations.AlterField(
            model_name="creditaccount",
            name="granted",
            field=models.BigIntegerField(
                default=0, help_text="All that came in, adjustments included, less what was taken back."
            ),
        ),
        migrations.AlterField(
            model_name="ledgerentry",
            name="kind",
            field=models.CharField(
                choices=[
                    ("grant", "Grant"),
                    ("hold", "Hold"),
                    ("settle", "Settle"),
                    ("release", "Release"),
                    ("adjust", "Adjust"),
                    ("expire", "Expire"),
                    ("take_back", "Take Back"),
                    ("debt", "Debt"),
                    ("repay", "Repay"),
                ],
                max_length=10,
            ),
        ),
        migrations.AddIndex(
            model_name="creditaccount",
            index=models.Index(fields=["next_expiry_at"], name="account_next_expiry"),
        ),
        migrations.AddIndex(
            model_name="creditaccount",
            index=models.Index(fields=["period_ends_at"], name="account_period_end"),
        ),
        migrations.AddIndex(
            model_name="hold",
            index=models.Index(fields=["reference"], name="hold_by_reference"),
        ),
        migrations.AddIndex(
            model_name="hold",
            index=models.Index(
                condition=models.Q(("key__isnull", False)),
                fields=["key", "period_number"],
                name="hold_by_key",
            ),
        ),
        migrations.AddConstraint(
            model_name="creditaccount",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("available__gte", 0),
                    ("debt__gte", 0),
                    ("expired__gte", 0),
                    ("reserved__gte", 0),
                    ("spent__gte", 0),
                ),
                name="account_never_below_zero",
            ),
        ),
        migrations.AddConstraint(
            model_name="creditaccount",
            constraint=models.CheckConstraint(
                condition=models.Q(granted=F("available") + F("reserved") + F("spent") + F("expired")),
                name="account_adds_up",
            ),
        ),
        migrations.AddConstraint(
            model_name="creditaccount",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("period_ends_at__isnull", True), ("period_starts_at__isnull", True)),
                    ("period_starts_at__lt", models.F("period_ends_at")),
                    _connector="OR",
                ),
                name="account_period_ends_after_its_start",
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind__in", ("grant", "adjust", "take_back"))),
                fields=("source", "source_id"),
                name="entry_once_per_source",
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "debt")),
                fields=("source", "source_id"),
                name="entry_one_debt_per_source",
            ),
        ),
        migrations.AddConstraint(
            model_name="ledgerentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("hold__isnull", True),
                        ("kind__in", ("grant", "adjust", "take_back", "debt")),
                        models.Q(("source", ""), _negated=True),
                        models.Q(("source_id", ""), _negated=True),
                    ),
                    models.Q(
                        ("hold__isnull", False),
                        ("kind__in", ("hold", "settle", "release")),
                        ("source", ""),
                        ("source_id", ""),
                    ),
                    models.Q(
                        ("hold__isnull", True),
                        ("kind__in", ("expire", "repay")),
                        ("source", ""),
                        ("source_id", ""),
                    ),
                    _connector="OR",
                ),
                name="entry_names_where_it_comes_from",
            ),
        ),
        migrations.RunPython(put_balances_into_buckets, migrations.RunPython.noop),
        migrations.RunPython(protect_entries, unprotect_entries),
    ]
