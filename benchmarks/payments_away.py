"""Clicks on buying while Stripe is slow, away, or fails before or after it did the work, over real HTTP.

    python -m benchmarks.payments_away

Each click meets each fault once, is refused, and is repeated when the fault is over. Prints the longest refusal, and how
many objects Stripe has too many at the end. Exits with 1 if a refusal took 5 s, or if anything was made twice.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from benchmarks.processes import ROOT

AT_MOST_S = 5.0
FAULTS = ("slow", "refused", "500_before", "500_after", "lost_after")
KEY = "sk_test_fake"


@dataclass(frozen=True)
class Click:
    """What a person presses, and how many objects of a kind Stripe has more than before it when it has worked."""

    act: Callable[[Any], Any]
    kind: str
    more: int


def main() -> int:
    with tempfile.TemporaryDirectory() as folder, fake_stripe(Path(folder)) as address:
        os.environ |= {
            "DATA_DIR": folder,
            "DJANGO_SETTINGS_MODULE": "creator.settings",
            "STRIPE_SECRET_KEY": KEY,
            "STRIPE_WEBHOOK_SECRETS": "whsec_fake",
            "STRIPE_API_URL": address,
            "LOG_LEVEL": "ERROR",
        }
        import django

        django.setup()
        return run(address)


@contextmanager
def fake_stripe(folder: Path) -> Iterator[str]:
    """The address of a fake Stripe that delivers no webhooks."""
    command = [
        sys.executable,
        "-m",
        "billing.stripe_fake",
        "--port",
        "0",
        "--data-dir",
        str(folder / "stripe"),
    ]
    # Its webhooks go to a port on which no server listens.
    command += ["--webhook-url", "http://127.0.0.1:9/", "--with-parent"]
    child = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdout
    try:
        yield child.stdout.readline().split()[-1]
    finally:
        child.terminate()
        child.wait()


def run(address: str) -> int:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("stripe_prices")
    results = [measure(address, name, fault) for name in clicks() for fault in FAULTS]
    longest = max(seconds for seconds, _ in results)
    too_many = sum(extra for _, extra in results)
    print(f"{len(results)} clicks refused, the longest after {longest:.2f} s; objects too many: {too_many}")
    return int(longest >= AT_MOST_S or bool(too_many))


def clicks() -> dict[str, Click]:
    from billing.models import CreditPack, Plan
    from billing.payments import changes, checkout, portal

    studio, pack = Plan.objects.get(slug="studio"), CreditPack.objects.get(slug="credits-500")
    return {
        "subscribe": Click(lambda user: checkout.start_subscription(user, studio), "checkout.session", 1),
        "top-up": Click(lambda user: checkout.start_top_up(user, pack), "checkout.session", 1),
        "portal": Click(portal.open_portal, "customer", 0),
        "change": Click(lambda user: changes.change_subscription(user, studio), "invoice", 1),
        "cancel": Click(changes.cancel_subscription, "subscription", 0),
    }


def measure(address: str, name: str, fault: str) -> tuple[float, int]:
    """Seconds until the refusal, and objects too many after the click was repeated twice."""
    from creator.lib.errors import Refused

    click, user = clicks()[name], make_person(address, f"{name}-{fault}@example.org", name)
    before = count(address, click.kind)
    httpx2.post(f"{address}/_fault", json={"kind": fault, "path": "/v1/", "method": "POST", "seconds": 10})
    began, refusal = time.monotonic(), ""
    try:
        click.act(user)
    except Refused as refused:
        refusal = refused.code
    seconds = time.monotonic() - began
    httpx2.delete(f"{address}/_fault")
    if fault == "slow":
        time.sleep(10)  # what was sent is still worked on
    for _ in range(2):
        click.act(user)
    extra = count(address, click.kind) - before - click.more
    print(
        f"{name:10} {fault:11} {refusal or 'NOT REFUSED':14} {seconds:5.2f} s   too many: {extra}", flush=True
    )
    return (seconds if refusal else float("inf")), extra


def make_person(address: str, email: str, name: str) -> Any:
    """A person with a customer at Stripe; with a subscription where it is to be changed."""
    from accounts.models import User
    from billing.models import CreditPack, Plan
    from billing.payments.checkout import start_subscription, start_top_up
    from billing.payments.look import look_at_customers
    from billing.stripe_fake import GOOD

    user = User.objects.create_user(email)
    if name in ("change", "cancel"):
        page = start_subscription(user, Plan.objects.get(slug="creator"))
        httpx2.post(page, data={"card": GOOD.number})
        look_at_customers()
    else:
        start_top_up(user, CreditPack.objects.get(slug="credits-2500"))
    return user


def count(address: str, kind: str) -> int:
    answer: dict[str, int] = httpx2.get(f"{address}/_world").json()
    return answer.get(kind, 0)


if __name__ == "__main__":
    sys.exit(main())
