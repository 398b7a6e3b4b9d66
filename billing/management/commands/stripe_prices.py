"""Puts plans and packs on sale at Stripe."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

import stripe
from django.core.management.base import BaseCommand, CommandError

from billing.payments.client import NOT_SOLD, stripe_client
from billing.payments.prices import differences, put_on_sale


class Command(BaseCommand):
    help = "Puts the offered plans and packs on sale at Stripe; with --check, only says which prices differ."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="change nothing; exit with status 1 if one differs"
        )

    def handle(self, *, check: bool, **options: Any) -> None:
        client = stripe_client()
        if client is None:
            raise CommandError(f"{NOT_SOLD} Set STRIPE_SECRET_KEY.")
        try:
            if not check:
                self._put_on_sale(client)
            found = [f"{sold.title} {difference}." for sold, difference in differences(client)]
        except stripe.StripeError as error:
            raise CommandError(f"Stripe: {error}") from error
        if found:
            raise CommandError("\n".join(found))
        self.stdout.write("All prices are as Stripe has them.")

    def _put_on_sale(self, client: stripe.StripeClient) -> None:
        for sold, price_id in put_on_sale(client).items():
            self.stdout.write(f"{sold.title}: {price_id}")
