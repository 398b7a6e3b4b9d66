"""Lists the outbox's deliveries and retries dead ones."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.db.models import Count, Min, Q

from creator.lib.action_command import ActionCommand
from creator.lib.formatting import count
from creator.platform.models import Delivery
from creator.platform.outbox import dead_deliveries, retry_delivery

SHOWN = 30


class Command(ActionCommand):
    help = "Shows waiting and dead deliveries (mail; later webhooks and Drive), and retries a dead one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        actions.add_parser("list", help="show how many wait, and the newest dead ones")
        actions.add_parser("retry", help="try a dead delivery again").add_argument("id", type=int)

    def _list(self, options: dict[str, Any]) -> None:
        waiting = Delivery.objects.filter(done_at__isnull=True, dead_at__isnull=True)
        totals = waiting.aggregate(
            all=Count("pk"), tried=Count("pk", filter=Q(attempts__gt=0)), oldest=Min("created_at")
        )
        since = f", the oldest since {totals['oldest']:%Y-%m-%d %H:%M} UTC" if totals["oldest"] else ""
        self.stdout.write(
            f"{count(totals['all'], 'delivery', 'deliveries')} waiting, {totals['tried']} of them after a failure{since}."
        )
        self.stdout.write(f"{count(dead_deliveries().count(), 'delivery', 'deliveries')} dead.")
        for row in dead_deliveries()[:SHOWN]:
            self.stdout.write(
                f"{row.pk}\t{row.kind}\t{row.attempts} tries\t{row.dead_at:%Y-%m-%d %H:%M} UTC\t{row.last_error}"
            )

    def _retry(self, options: dict[str, Any]) -> None:
        retry_delivery(options["id"])
        self.stdout.write(f"Delivery {options['id']} is due again.")
