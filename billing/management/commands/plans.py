"""Plans from the command line."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.db.models import Count

from billing.models import Plan
from creator.lib.formatting import count, money


class Command(BaseCommand):
    help = (
        "Lists the plans: slug, price in a month, what they grant and allow, and how many people have them."
    )

    def handle(self, **options: Any) -> None:
        plans = Plan.objects.annotate(people=Count("credit_accounts")).order_by("position", "slug")
        for plan in plans:
            parts = [
                f"{plan.slug:12}",
                f"{money(plan.price_cents, plan.currency):>10}",
                count(plan.credits, "credit"),
                f"{count(plan.jobs_per_period, 'job')} in a period",
                f"{plan.parallel_jobs} at a time",
                count(plan.people, "account"),
                *([] if plan.is_offered else ["not offered"]),
            ]
            self.stdout.write("  ".join(parts))
