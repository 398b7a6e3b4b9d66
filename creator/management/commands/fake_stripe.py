"""`manage.py fake_stripe`: runs the Stripe to play with as a process of its own; `serve` starts it by itself."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from billing.stripe_fake.server.run import main
from creator.fake_stripe import fake_stripe_options


class Command(BaseCommand):
    help = "Runs a Stripe of our own, where no money moves. Then run `manage.py stripe_prices`."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        site = settings.CONFIG.public_url or "http://127.0.0.1:8000"
        parser.add_argument(
            "--site", default=site, help="address of this installation, which gets the events"
        )

    def handle(self, *, site: str, **options: Any) -> None:
        if settings.CONFIG.stripe != "fake":
            raise CommandError("Set STRIPE=fake first, or this installation does not buy from it.")
        main(fake_stripe_options(site.rstrip("/")))
